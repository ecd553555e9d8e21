import { describe, expect, test } from 'vitest';
import { normalUpperQuantile, normalUpperTail } from '../../src/stats/distributions.ts';
import { sequentialLevels } from '../../src/stats/sequential-levels.ts';
import { attainableLevel, signedRankP } from '../../src/stats/signed-rank.ts';
import { normal, seeded } from './support.ts';

const continuous = (_n: number, level: number) => level;
const boundaries = (spent: number[], ns = [1, 2, 3, 4, 5]) =>
  sequentialLevels(
    ns.map((n, k) => ({ n, spent: spent[k] as number })),
    continuous,
    'any',
  ).map(normalUpperQuantile);

describe('boundaries of Lan and DeMets, five equal looks, one-sided 0.025', () => {
  const times = [0.2, 0.4, 0.6, 0.8, 1];
  // As rpact and gsDesign print them (asOF, asP; sfLDOF, sfLDPocock).
  test('of O’Brien–Fleming type', () => {
    const spent = times.map((t) => 2 * normalUpperTail(normalUpperQuantile(0.0125) / Math.sqrt(t)));
    const found = boundaries(spent);
    for (const [k, z] of [4.877, 3.357, 2.68, 2.29, 2.031].entries()) expect(found[k]).toBeCloseTo(z, 2);
  });

  test('of Pocock type', () => {
    const spent = times.map((t) => 0.025 * Math.log(1 + (Math.E - 1) * t));
    const found = boundaries(spent);
    for (const [k, z] of [2.438, 2.427, 2.41, 2.397, 2.386].entries()) expect(found[k]).toBeCloseTo(z, 2);
  });
});

test('one look is the test of fixed size', () => {
  expect(sequentialLevels([{ n: 30, spent: 0.01 }], continuous, 'any')[0]).toBeCloseTo(0.01, 8);
});

test('a level that the discrete test does not reach is left to the next look', () => {
  // 2^-5 = 0.03125 is more than 0.02: the first look decides nothing, and the second has all.
  const levels = sequentialLevels(
    [
      { n: 5, spent: 0.02 },
      { n: 10, spent: 0.04 },
    ],
    attainableLevel,
    'paired',
  );
  expect(levels[0]).toBe(0);
  // P(V ≤ 10) = 0.0420 and P(V ≤ 9) = 0.0322 of 10 blocks (Hollander, Wolfe: table A.4).
  expect(levels[1]).toBeCloseTo(0.0322, 4);
});

test('spending nothing more decides nothing more', () => {
  const levels = sequentialLevels(
    [
      { n: 10, spent: 0.01 },
      { n: 20, spent: 0.01 },
    ],
    continuous,
    'any',
  );
  expect(levels[0]).toBeCloseTo(0.01, 8);
  expect(levels[1]).toBe(0);
});

test('looks after every block of values that lie at the limit reject as often as is spent, seldom more', () => {
  const looks = [...Array(29).keys()].map((k) => ({ n: k + 12, spent: 0.05 * ((k + 12) / 40) ** 2 }));
  const levels = sequentialLevels(looks, attainableLevel, 'paired');
  const random = seeded(12);
  const runs = 2000;
  const rejected = [...Array(runs)].filter(() => {
    const values = Array.from({ length: 40 }, () => normal(random));
    return looks.some(({ n }, k) => signedRankP(values.slice(0, n), 0).above <= (levels[k] as number));
  }).length;
  // 0.05 with a standard error of 0.005; tested at 0.05 at every look it would be 0.14.
  expect(rejected / runs).toBeLessThan(0.065);
  expect(rejected / runs).toBeGreaterThan(0.035);
});
