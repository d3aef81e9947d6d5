// Keeps a page as the server would render it now. Every page says in data-live which events concern it.
const minGapMs = 4000;
const pollMs = 30000;

localTimes(document);
themeButton();
loadCharts();
if (document.querySelector('[data-live]')) listen();

function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (!time.dataset.local && !Number.isNaN(at.getTime())) {
      time.title += `\n${at.toLocaleString()} here`;
      time.dataset.local = '1';
    }
  }
}

function themeButton() {
  const button = document.getElementById('theme');
  if (!button) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
    document.dispatchEvent(new Event('page:theme'));
  });
}

function loadCharts() {
  const chart = document.querySelector('[data-echarts]');
  if (!chart) return;
  const script = document.createElement('script');
  script.src = chart.dataset.echarts;
  script.addEventListener('load', () => import(new URL(chart.dataset.module, document.baseURI).href));
  document.head.append(script);
}

function listen() {
  const light = document.getElementById('live');
  let last = Date.now();
  let timer = 0;
  const show = on => {
    light.hidden = false;
    light.dataset.state = on ? 'on' : 'off';
    light.lastElementChild.textContent = on ? 'Live' : 'Reconnecting';
  };
  const later = () => {
    timer ||= setTimeout(async () => {
      timer = 0;
      if (document.hidden || busy()) { stale = true; return; }
      last = Date.now();
      await refresh();
    }, Math.max(0, last + minGapMs - Date.now()));
  };
  let stale = false;
  document.addEventListener('visibilitychange', () => { if (!document.hidden && stale) { stale = false; later(); } });

  const source = new EventSource('/api/v1/events' + projectQuery());
  source.addEventListener('open', () => show(true));
  source.addEventListener('error', () => show(false));
  const take = event => {
    const page = document.querySelector('[data-live]');
    const check = checkOf(event.data);
    if (page?.dataset.live.split(' ').includes(event.type) && (!page.dataset.liveCheck || !check || check === page.dataset.liveCheck)) later();
  };
  for (const type of ['rollup', 'verdict', 'answers', 'incident', 'catalog', 'agents', 'replicas']) source.addEventListener(type, take);
  // Ages on a page grow although nothing happens; and events may not get through.
  setInterval(later, pollMs);
}

// The project that the page shows, for all that it asks.
function projectQuery() {
  const project = new URLSearchParams(location.search).get('project');
  return project ? `?project=${encodeURIComponent(project)}` : '';
}

function checkOf(data) {
  try { return JSON.parse(data).check; } catch { return ''; }
}

// Someone who types or selects must not lose it.
function busy() {
  const active = document.activeElement;
  return active?.matches('#page input, #page select, #page textarea') || !document.getSelection()?.isCollapsed;
}

async function refresh() {
  let text;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    text = await answer.text();
  } catch {
    return; // The event source tells that the orchestrator is away.
  }

  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const page = document.getElementById('page');
  const next = fresh.getElementById('page');
  if (!page || !next) return;

  // Keep what lives in the browser only: charts, opened details, focus, sideways scrolling.
  const focused = page.contains(document.activeElement) ? pathOf(document.activeElement, page) : null;
  const open = [...page.querySelectorAll('details')].map(d => d.open);
  const scrolled = [...page.querySelectorAll('.scroll')].map(s => s.scrollLeft);
  for (const kept of page.querySelectorAll('[data-keep]')) next.querySelector(`#${kept.id}`)?.replaceWith(kept);
  page.replaceChildren(...next.childNodes);
  document.title = fresh.title;
  [...page.querySelectorAll('details')].forEach((d, i) => { d.open = open[i] ?? false; });
  [...page.querySelectorAll('.scroll')].forEach((s, i) => { s.scrollLeft = scrolled[i] ?? 0; });
  if (focused) at(focused, page)?.focus({ preventScroll: true });
  localTimes(page);
  document.dispatchEvent(new Event('page:refreshed'));
}

function pathOf(element, root) {
  const path = [];
  for (let e = element; e !== root; e = e.parentElement) path.unshift([...e.parentElement.children].indexOf(e));
  return path;
}

function at(path, root) {
  return path.reduce((e, i) => e?.children[i], root);
}
