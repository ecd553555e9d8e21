import { describe, expect, test } from 'vitest';
import { blocksPerIndependent } from '../../src/stats/serial-correlation.ts';
import { normal, seeded } from './support.ts';

const series = (count: number, phi: number, random: () => number): number[] => {
  let state = normal(random);
  return Array.from({ length: count }, () => {
    const now = state;
    state = phi * state + Math.sqrt(1 - phi ** 2) * normal(random);
    return now;
  });
};
const shareOver = (phi: number, count: number, isLast: boolean): number => {
  const random = seeded(5);
  const runs = 2000;
  return [...Array(runs)].filter(() => blocksPerIndependent(series(count, phi, random), isLast) > 1).length / runs;
};

describe('blocks per independent one', () => {
  test('by hand: r = 0.7 of 10 values is 8 ÷ 7 with its bias out, held at 0.9: 19', () => {
    expect(blocksPerIndependent([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], true)).toBeCloseTo(19, 12);
  });

  test('alternating values count in full, and so do few', () => {
    expect(blocksPerIndependent([1, -1, 1, -1, 1, -1, 1, -1], true)).toBe(1);
    expect(blocksPerIndependent([1, 2, 3, 4, 5], true)).toBe(1);
    expect(blocksPerIndependent(Array(20).fill(3), false)).toBe(1);
  });

  test('independent blocks are taken for such in all but one of ten looks, and one of 45 last ones', () => {
    expect(shareOver(0, 30, false)).toBeLessThan(0.13);
    expect(shareOver(0, 60, true)).toBeLessThan(0.035);
  });

  test('a correlation of 0.5 between neighbours is found in nine of ten last looks', () => {
    expect(shareOver(0.5, 60, true)).toBeGreaterThan(0.9);
  });

  test('shifting and scaling changes nothing; the order does', () => {
    const random = seeded(9);
    const values = series(30, 0.8, random);
    const moved = values.map((value) => 3 + 7 * value);
    expect(blocksPerIndependent(moved, true)).toBeCloseTo(blocksPerIndependent(values, true), 9);
    expect(
      blocksPerIndependent(
        [...values].sort((a, b) => a - b),
        true,
      ),
    ).toBeCloseTo(19, 6);
  });
});
