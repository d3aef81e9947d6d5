// Beside a token just made: copies commands, and says when the agent has come. Without script the tokens page tells the same.
const pollMs = 2000;

for (const button of document.querySelectorAll('[data-copy]')) {
  // Only where the page is trusted by the browser: https, or this machine.
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
}

const place = document.getElementById('arrival');
if (place) wait();

async function wait() {
  for (;;) {
    const token = await ask();
    if (token && show(token)) return;
    await new Promise(later => setTimeout(later, pollMs));
  }
}

async function ask() {
  try {
    const answer = await fetch(`/api/v1/tokens/${encodeURIComponent(place.dataset.token)}${location.search}`, { headers: { Accept: 'application/json' } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // The orchestrator is away for a moment.
  }
}

// True when nothing more can come.
function show(token) {
  const here = token.usedBy.filter(use => use.online);
  const coming = token.usedBy.length - here.length;
  if (token.usedBy.length > 0) {
    const names = here.map(use => use.address ? `${use.name} from ${use.address}` : use.name).join(', ');
    tell(here.length > 0 ? 'here' : 'waiting', here.length > 0
      ? `${names} ${here.length === 1 ? 'is' : 'are'} online.${coming > 0 ? ` ${coming} more enrolled.` : ''}`
      : `${token.usedBy.map(use => use.name).join(', ')} enrolled; waiting for it to connect.`);
  } else if (token.state !== 'usable') {
    tell('over', `No agent came: the token is ${token.state}.`);
    return true;
  }
  return here.length >= Number(place.dataset.uses);
}

function tell(state, text) {
  const words = place.querySelector('p');
  place.dataset.state = state;
  if (words.textContent !== text) words.textContent = text;
}
