import { expect, it } from 'vitest';
import type { Measured } from '../../bench/harness.ts';
import { renderText } from '../../bench/render-text.ts';

const measured = (name: string, ratio: number, lower: number, upper: number, aim: number | null): Measured => ({
  ...{ name, bareName: 'bare', aim, ratio, lower, upper, pairs: 30 },
  ours: { median: 45.04, quartiles: [44, 46.5] },
  bare: { median: 0.0612, quartiles: [0.06, 0.0625] },
});

it('says of every aim whether it is met, by which figure, and when the interval leaves it open', () => {
  const text = renderText({
    schema: 'isogate.bench/1',
    measuredAt: '2026-01-01T00:00:00.000Z',
    host: { cpuModel: 'CPU', cpus: 2, node: 'v20.0.0', runc: 'runc version 1.1.5', loadBefore: 0.1, loadAfter: 1.25 },
    measured: [
      measured('one', 1.02, 1.01, 1.03, 1.1),
      measured('two', 1.08, 1.05, 1.12, 1.1),
      measured('three', 1.2, 1.15, 1.25, 1.1),
      measured('four', 3, 2, 4, null),
    ],
    dist: { bytes: 3_000_000, limitBytes: 3_000_000 },
  });
  expect(text.split('\n')).toEqual([
    'CPU, 2 CPUs · Node v20.0.0 · runc version 1.1.5 · load 0.10 before, 1.25 after',
    'Medians with quartiles; ratios of pairs with their 95 % intervals.',
    '',
    'one: 45.0 ms (44.0–46.5) · bare: 0.0612 ms (0.0600–0.0625) · ratio 1.020 [1.010, 1.030], 30 pairs',
    'two: 45.0 ms (44.0–46.5) · bare: 0.0612 ms (0.0600–0.0625) · ratio 1.080 [1.050, 1.120], 30 pairs',
    'three: 45.0 ms (44.0–46.5) · bare: 0.0612 ms (0.0600–0.0625) · ratio 1.200 [1.150, 1.250], 30 pairs',
    'four: 45.0 ms (44.0–46.5) · bare: 0.0612 ms (0.0600–0.0625) · ratio 3.000 [2.000, 4.000], 30 pairs',
    '',
    'met     one: ratio 1.020 [1.010, 1.030], aim ≤ 1.1',
    'met     two: ratio 1.080 [1.050, 1.120], aim ≤ 1.1 (the aim is inside the interval)',
    'not met three: ratio 1.200 [1.150, 1.250], aim ≤ 1.1',
    'not met size of dist: 3000000 bytes, aim < 3000000 bytes',
    '',
  ]);
});
