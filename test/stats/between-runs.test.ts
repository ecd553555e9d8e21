import { expect, test } from 'vitest';
import { betweenRunsSd } from '../../src/stats/between-runs.ts';
import { normal, seeded } from './support.ts';

const runs = (middles: number[], error: number | null = null) => middles.map((middle) => ({ middle, error }));

test('by hand: differences of 1 between neighbours, of which the median is 1', () => {
  // 1 ÷ 0.6745 ÷ √2
  expect(betweenRunsSd(runs([0, 1, 0, 1, 0, 1]))).toBeCloseTo(1.0484, 4);
  // less what the blocks explain: √(1.0484² − 0.5²)
  expect(betweenRunsSd(runs([0, 1, 0, 1, 0, 1], 0.5))).toBeCloseTo(0.9215, 3);
});

test('what the blocks explain whole is no spread of runs', () => {
  expect(betweenRunsSd(runs([0, 1, 0, 1, 0, 1], 2))).toBe(0);
});

test('of fewer than five runs nothing is known', () => {
  expect(betweenRunsSd(runs([1, 2, 3, 4]))).toBeNull();
});

test('a step and a drift of the code hardly count as spread', () => {
  const random = seeded(1);
  const noise = Array.from({ length: 60 }, () => 0.005 * normal(random));
  const own = betweenRunsSd(runs(noise)) ?? 0;
  expect(own).toBeGreaterThan(0.004);
  expect(own).toBeLessThan(0.006);
  expect(betweenRunsSd(runs(noise.map((one, index) => one + (index < 30 ? 0 : 0.2))))).toBeCloseTo(own, 3);
  expect(betweenRunsSd(runs(noise.map((one, index) => one + 0.001 * index)))).toBeCloseTo(own, 3);
});
