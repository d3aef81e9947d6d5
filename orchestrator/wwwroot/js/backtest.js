// While the server answers the form of a backtest, says how far it is. Without script the browser waits for the answer by itself.
const pollMs = 700;
const form = document.getElementById('backtest');
const place = document.getElementById('progress');
const [bar, words, stopper] = [place.querySelector('progress'), place.querySelector('[role=status]'), place.querySelector('button')];
let timer = 0;

form.addEventListener('submit', () => {
  place.hidden = false;
  form.querySelector('[type=submit]').disabled = true;
  timer = setInterval(ask, pollMs);
});
stopper.addEventListener('click', stop);
// Back from the answer: the form is there to be used again.
addEventListener('pageshow', ready);

// To hang up is what breaks it off.
function stop() {
  globalThis.stop();
  ready();
}

function ready() {
  clearInterval(timer);
  place.hidden = true;
  form.querySelector('[type=submit]').disabled = false;
}

async function ask() {
  try {
    const answer = await fetch('/api/v1/backtest', { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const now = await answer.json();
    if (!now.running || !now.of) return;
    bar.value = 100 * now.done / now.of;
    words.textContent = `${Math.floor(bar.value)} % of ${now.of} minutes`;
  } catch {
    // Another orchestrator may have been asked, or this one is away for a moment.
  }
}
