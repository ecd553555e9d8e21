import type { Strip } from './document.ts';
import { escapeHtml } from './escape-html.ts';

const WIDTH = 360;
const HEIGHT = 34;
const PAD = 10;

/** Where a value stands on the strip, in SVG units; the strip spans no cost, the interval and the limit. */
function scaleOf(strip: Strip): (value: number) => string {
  const values = [strip.neutral, strip.estimate, strip.lower, strip.upper, strip.limit].filter((one) => one !== null);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return (value) => (PAD + ((value - low) / span) * (WIDTH - 2 * PAD)).toFixed(1);
}

/** The interval as a bar with its estimate, no cost as a thin line, the limit as a dashed one. */
export function stripChart(strip: Strip): string {
  const x = scaleOf(strip);
  const middle = HEIGHT / 2;
  const vertical = (value: number, name: string): string =>
    `<line class="${name}" x1="${x(value)}" x2="${x(value)}" y1="3" y2="${HEIGHT - 3}"/>`;
  // An end that was not looked for lies anywhere beyond.
  const left = strip.lower === null ? PAD : Number(x(strip.lower));
  const right = strip.upper === null ? WIDTH - PAD : Number(x(strip.upper));
  const width = Math.max(2, right - left).toFixed(1);
  const state = strip.gated ? strip.verdict : 'not-gated';
  return [
    `<svg class="strip ${state}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escapeHtml(`${strip.label}: ${strip.caption}`)}</title>`,
    `<line class="axis" x1="${PAD}" x2="${WIDTH - PAD}" y1="${middle}" y2="${middle}"/>`,
    vertical(strip.neutral, 'neutral'),
    `<rect class="interval" x="${left.toFixed(1)}" y="${middle - 5}" width="${width}" height="10" rx="3"/>`,
    `<circle class="estimate" cx="${x(strip.estimate)}" cy="${middle}" r="4"/>`,
    strip.limit === null ? '' : vertical(strip.limit, 'limit'),
    '</svg>',
  ].join('');
}
