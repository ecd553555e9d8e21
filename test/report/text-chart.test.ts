import { expect, it } from 'vitest';
import type { Strip } from '../../src/report/document.ts';
import { textChart } from '../../src/report/text-chart.ts';

const strip = (over: Partial<Strip>): Strip => ({
  ...{
    label: 'f · runc · latency',
    verdict: 'pass',
    gated: true,
    neutral: 1,
    estimate: 1.05,
    lower: 1.04,
    upper: 1.06,
  },
  ...{ limit: 1.1, caption: '' },
  ...over,
});

it('draws each interval from no cost to its own limit, whatever its metric, and what is red first', () => {
  const drawn = textChart([
    strip({}),
    strip({ label: 'f · runc · memory', neutral: 0, estimate: 20, lower: 19, upper: 21, limit: 40 }),
    strip({ label: 'f · gvisor · latency', verdict: 'fail', estimate: 1.15, lower: 1.14, upper: 1.16 }),
  ]);
  expect(drawn?.split('\n')).toEqual([
    '   no cost                  limit',
    '      ┆                       ║         ├──┼─┤   ❌ f · gvisor · latency',
    '      ┆         ├─┼──┤        ║                  ✅ f · runc · latency',
    '      ┆           ┼┤          ║                  ✅ f · runc · memory',
  ]);
});

it('lets an end that was not looked for run out of the picture', () => {
  const [, atMost, atLeast] = textChart([strip({ lower: null }), strip({ upper: null })])?.split('\n') ?? [];
  expect(atMost).toBe('───────────────────┼─┤          ║                ✅ f · runc · latency');
  expect(atLeast).toBe('      ┆         ├──┼──────────────────────────── ✅ f · runc · latency');
});

it('points to what lies beyond five limits', () => {
  const [, line] = textChart([strip({ verdict: 'fail', estimate: 3, lower: 2.9, upper: 3.1 })])?.split('\n') ?? [];
  expect(line).toBe('      ┆       ║                                ▶ ❌ f · runc · latency');
});

it('draws nothing of limits that allow no cost, and of what is not gated', () => {
  expect(textChart([strip({ limit: 1 }), strip({ gated: false }), strip({ limit: null })])).toBe(null);
});

it('stops after sixteen lines, and says so', () => {
  const lines = textChart(Array.from({ length: 20 }, () => strip({})))?.split('\n') ?? [];
  expect(lines).toHaveLength(18);
  expect(lines.at(-1)).toBe('4 more: see report.html');
});
