// The same cuts as orchestrator/Dashboard/HeatScale.cs: nine colours, logarithmic for milliseconds, fixed losses for ratios.
export const steps = 9;
const losses = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5];

export function stepOf(value, unit, low, high) {
  if (unit === 'ratio') {
    const i = losses.findIndex(l => 1 - value <= l);
    return i < 0 ? steps - 1 : i;
  }
  const part = Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return Math.min(steps - 1, Math.max(0, Math.trunc(part * steps)));
}

export function format(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (unit === 'ratio') return value >= 1 ? '100 %' : `${(Math.floor(value * 10000) / 100).toFixed(value >= 0.99 ? 2 : 1)} %`;
  if (value < 1) return `${+value.toFixed(2)} ms`;
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${value.toFixed(0)} ms`;
  return `${(value / 1000).toFixed(value < 10000 ? 2 : 1)} s`;
}
