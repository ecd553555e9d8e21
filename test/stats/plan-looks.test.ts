import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { alphaSpent } from '../../src/stats/alpha-spending.ts';
import { planLooks } from '../../src/stats/plan-looks.ts';

describe('alpha spending', () => {
  // α·ln(1 + (e − 1)·t) by hand: t = 0.2 → 0.2954, 0.5 → 0.6201.
  test.each([
    [0, 0],
    [0.2, 0.002954],
    [0.5, 0.006201],
    [1, 0.01],
    [1.5, 0.01],
  ])('at t = %f of alpha 0.01: %f', (t, spent) => {
    expect(alphaSpent(0.01, t)).toBeCloseTo(spent, 6);
  });
});

describe('looks', () => {
  test('one comparison: the first is at 9 blocks, 2^-9 being below the 0.0023 spent by then', () => {
    expect(planLooks({ minBlocks: 6, maxBlocks: 60 }, 1)).toEqual({
      schedule: [9, 14, 23, 37, 60],
      alphaFail: 0.01,
      alphaPass: 0.05,
    });
  });

  test('twelve comparisons: the first is at 12 blocks', () => {
    expect(planLooks({ minBlocks: 6, maxBlocks: 60 }, 12).schedule).toEqual([12, 21, 35, 60]);
  });

  test('min_blocks is honoured', () => {
    expect(planLooks({ minBlocks: 20, maxBlocks: 60 }, 1).schedule[0]).toBe(20);
    expect(planLooks({ minBlocks: 30, maxBlocks: 30 }, 1).schedule).toEqual([30]);
  });

  test('the smallest cap that can decide is one look at the cap; below it is refused with the number needed', () => {
    expect(planLooks({ minBlocks: 1, maxBlocks: 7 }, 1).schedule).toEqual([7]);
    expect(() => planLooks({ minBlocks: 1, maxBlocks: 6 }, 1)).toThrow(BadInputError);
    expect(() => planLooks({ minBlocks: 1, maxBlocks: 10 }, 12)).toThrow(
      'measure.max_blocks: 10 blocks can decide nothing with 12 gated comparisons; set at least 11',
    );
  });

  test('every look can decide with its own share, at most five of them, and the cap is the last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 14, max: 400 }),
        fc.integer({ min: 1, max: 80 }),
        (min, max, comparisons) => {
          const { schedule } = planLooks({ minBlocks: Math.min(min, max), maxBlocks: max }, comparisons);
          let before = 0;
          for (const n of schedule) {
            const share = alphaSpent(0.01 / comparisons, n / max) - alphaSpent(0.01 / comparisons, before / max);
            expect(n).toBeGreaterThan(before);
            expect(2 ** -n).toBeLessThanOrEqual(share);
            before = n;
          }
          return schedule.at(-1) === max && schedule.length <= 5;
        },
      ),
    );
  });
});
