// Draws the heatmap and its lines with ECharts over the table the server rendered; the table stays for screen readers.
import { stepOf, format, steps } from './scale.js';

const echarts = globalThis.echarts;
const wide = () => innerWidth > 720;
const signs = { healthy: '●', degraded: '▲', down: '■', unknown: '○' };
let heat, lines, drawn = 0;

await draw();
document.addEventListener('page:refreshed', draw);
document.addEventListener('page:theme', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('resize', () => { heat?.resize(); lines?.resize(); });

async function draw() {
  const table = document.getElementById('heat');
  if (!table || !echarts) return;
  const turn = ++drawn;
  const { check, metric, unit, step, from, to } = table.dataset;
  const query = new URLSearchParams({ metric, from, to, step });
  let map;
  try {
    const answer = await fetch(`/api/v1/checks/${encodeURIComponent(check)}/heatmap?${query}`);
    if (!answer.ok) return;
    map = await answer.json();
  } catch {
    return; // The table of the server stays.
  }
  if (turn !== drawn || !map.regions?.length) return;

  const box = show('heat-chart', map.regions.length * 31 + 44);
  const lineBox = show('lines');
  table.classList.add('sr-only');
  heat ??= echarts.init(box);
  lines ??= echarts.init(lineBox);
  heat.resize();
  lines.resize();
  const look = readLook();
  const low = +table.dataset.low, high = +table.dataset.high;
  heat.setOption(heatOption(map, unit, low, high, look), true);
  lines.setOption(lineOption(map, unit, look), true);
  echarts.connect([heat, lines]);
  heat.off('click');
  heat.on('click', e => open(map, e.data));
  document.documentElement.dataset.charts = 'ready';
}

function show(id, height) {
  const box = document.getElementById(id);
  box.hidden = false;
  if (height) box.style.height = `${height}px`;
  return box;
}

function open(map, [x, y]) {
  const url = new URL(location.href);
  url.searchParams.set('region', map.regions[y].region);
  url.searchParams.set('at', new Date(map.times[x]).toISOString().replace('.000', ''));
  url.hash = 'runs';
  location.href = url.href;
}

// Colours live in app.css only; what light-dark() makes of them is read back from an element.
function readLook() {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const read = name => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
  const look = {
    text: read('text'), muted: read('muted'), line: read('line'), strong: read('line-strong'), surface: read('surface'),
    healthy: read('healthy'), degraded: read('degraded'), down: read('down'), unknown: read('unknown'),
    ramp: Array.from({ length: steps }, (_, i) => read(`heat-${i}`)),
    series: Array.from({ length: 8 }, (_, i) => read(`line-${i}`)),
  };
  probe.remove();
  look.empty = hatch(look.strong, 'transparent', false);
  look.failed = hatch(look.surface, look.down, true);
  return look;
}

function hatch(ink, ground, crossed) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext('2d');
  if (ground !== 'transparent') { pen.fillStyle = ground; pen.fillRect(0, 0, 8, 8); }
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const d of [-8, 0, 8]) { pen.moveTo(d, 8); pen.lineTo(d + 8, 0); }
  if (crossed) for (const d of [-8, 0, 8]) { pen.moveTo(d, 0); pen.lineTo(d + 8, 8); }
  pen.stroke();
  return { image: canvas, repeat: 'repeat' };
}

function time(text, days) {
  const iso = new Date(text).toISOString();
  return days ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 16);
}

function levelOf(region) {
  return String(region.level).toLowerCase();
}

function frame(map, look) {
  const days = new Date(map.to) - new Date(map.from) > 86400000;
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: wide() ? 150 : 96, right: 12, top: 6, bottom: 26 },
    xAxis: {
      type: 'category', data: map.times.map(t => time(t, days)), axisTick: { show: false }, axisLine: { lineStyle: { color: look.line } },
      axisLabel: { color: look.muted, fontSize: 11, interval: Math.max(0, Math.ceil(map.times.length / (wide() ? 12 : 4)) - 1) },
    },
    tooltip: {
      renderMode: 'richText', confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.text, fontSize: 12 },
    },
  };
}

function heatOption(map, unit, low, high, look) {
  const base = frame(map, look);
  const data = map.regions.flatMap((r, y) => map.times.map((_, x) => [x, y, r.values[x], r.runs[x]]));
  const say = (v, runs) => v === null ? (runs > 0 ? 'every run failed' : 'no data') : format(v, unit);
  return {
    ...base,
    yAxis: {
      type: 'category', inverse: true, data: map.regions.map(r => r.region), axisTick: { show: false }, axisLine: { show: false },
      axisLabel: {
        color: look.text, fontSize: 12, width: wide() ? 136 : 84, overflow: 'truncate', align: 'left', margin: wide() ? 148 : 94,
        formatter: (name, i) => `{${levelOf(map.regions[i])}|${signs[levelOf(map.regions[i])] ?? '○'}} ${name}`,
        rich: Object.fromEntries(Object.keys(signs).map(k => [k, { color: look[k], fontSize: 11 }])),
      },
    },
    tooltip: {
      ...base.tooltip, trigger: 'item',
      formatter: p => {
        const [x, y, v, runs] = p.data;
        return `${map.regions[y].region}   ${time(map.times[x], true)} UTC\n${say(v, runs)}   ${runs} ${runs === 1 ? 'run' : 'runs'}`;
      },
    },
    series: [{
      type: 'custom', data, encode: { x: 0, y: 1 },
      renderItem: (_, api) => {
        const [w, h] = api.size([1, 1]);
        const [cx, cy] = api.coord([api.value(0), api.value(1)]);
        const v = data[api.value(1) * map.times.length + api.value(0)][2];
        const runs = api.value(3);
        const fill = v !== null ? look.ramp[stepOf(v, unit, low, high)] : runs > 0 ? look.failed : look.empty;
        const gap = w > 5 ? 1 : 0;
        return {
          type: 'rect', shape: { x: cx - w / 2, y: cy - h / 2 + 1.5, width: w - gap + (gap ? 0 : .5), height: h - 3, r: w > 8 ? 2 : 0 },
          style: { fill }, emphasis: { style: { stroke: look.text, lineWidth: 2 } },
        };
      },
    }],
  };
}

function lineOption(map, unit, look) {
  const base = frame(map, look);
  const dashes = ['solid', 'dashed', 'dotted'];
  return {
    ...base,
    grid: { ...base.grid, top: 34, left: wide() ? 150 : 60 },
    legend: { type: 'scroll', top: 0, left: wide() ? 142 : 0, icon: 'roundRect', itemWidth: 16, itemHeight: 3, textStyle: { color: look.muted, fontSize: 11 } },
    yAxis: {
      type: 'value', scale: unit === 'ratio', max: unit === 'ratio' ? 1 : null, splitLine: { lineStyle: { color: look.line } },
      axisLabel: { color: look.muted, fontSize: 11, formatter: v => format(v, unit) }, splitNumber: 4,
    },
    tooltip: {
      ...base.tooltip, trigger: 'axis', order: 'valueDesc',
      formatter: items => [`${time(map.times[items[0].dataIndex], true)} UTC`, ...items.filter(i => i.value !== null && i.value !== undefined).map(i => `${i.seriesName}   ${format(i.value, unit)}`)].join('\n'),
    },
    series: map.regions.map((r, i) => ({
      name: r.region, type: 'line', data: r.values, showSymbol: false, symbolSize: 5, connectNulls: false, smooth: false,
      lineStyle: { width: ['degraded', 'down'].includes(levelOf(r)) ? 2.6 : 1.4, type: dashes[Math.floor(i / 8) % 3] },
      itemStyle: { color: look.series[i % 8] }, emphasis: { focus: 'series' },
    })),
  };
}
