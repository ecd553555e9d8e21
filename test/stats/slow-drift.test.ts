import { expect, test } from 'vitest';
import { slowDrift } from '../../src/stats/trend.ts';
import { normal, seeded } from './support.ts';

const STEP = Math.log(1.01);
/** Middles of runs: `flat` commits without a change, then +1 % each; runs differ by 0.5 %. */
const drifting = (flat: number, rising: number, seed: number, sigma = 0.005): number[] => {
  const random = seeded(seed);
  return Array.from(
    { length: flat + rising },
    (_, index) => Math.max(0, index - flat + 1) * STEP + sigma * normal(random),
  );
};
/** Growth in all when it is first seen; infinite where it never is. */
const caughtAt = (flat: number, seed: number): number => {
  for (let rising = 1; rising <= 30; rising += 1)
    if (slowDrift(drifting(flat, rising, seed)) !== null) return Math.expm1(rising * STEP);
  return Number.POSITIVE_INFINITY;
};

test('nine in a row that rise, by hand: S = 36, the only such order of 362 880', () => {
  const drift = slowDrift([1, 2, 3, 4, 5, 6, 7, 8, 9].map((one) => one / 100));
  expect(drift?.length).toBe(9);
  expect(drift?.total).toBeCloseTo(0.08, 12);
  expect(drift?.p).toBeCloseTo(2 / 362_880, 12);
});

test.each([
  ['too few', [1, 2, 3, 4, 5, 6]],
  ['falling', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
  ['equal', Array(20).fill(1)],
  ['one step', [0, 0.001, 0, 0.001, 0, 0.1, 0.101, 0.1, 0.101, 0.1]],
])('none: %s', (_, values) => {
  expect(slowDrift(values)).toBeNull();
});

test.each([0, 10, 30])(
  'thirty commits of +1 %% after %i without: caught at +8 %% in all, nearly always sooner',
  (flat) => {
    const caught = Array.from({ length: 200 }, (_, seed) => caughtAt(flat, seed + 1)).sort((a, b) => a - b);
    // Of 1.01^n: 1.01^8 is +8.3 %, the first commit at or above +8 %.
    expect(caught[Math.floor(0.9 * caught.length)]).toBeLessThan(1.01 ** 8 - 1 + 1e-9);
    expect(caught.at(-1)).toBeLessThan(0.13);
  },
);

test('thirty commits without a drift: seldom a warning at any of them', () => {
  const runs = 400;
  const alarms = Array.from({ length: runs }, (_, seed) =>
    Array.from({ length: 24 }, (_, n) => slowDrift(drifting(7 + n, 0, seed + 1))).some(
      (drift) => drift !== null && drift.total > 0.02,
    ),
  );
  expect(alarms.filter(Boolean).length / runs).toBeLessThan(0.01);
});
