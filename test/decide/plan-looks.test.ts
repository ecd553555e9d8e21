import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lookPoints, planLooks } from '../../src/decide/plan-looks.ts';
import { BadInputError } from '../../src/model/errors.ts';
import { alphaShare } from '../../src/stats/group-sequential.ts';

describe('alpha spending', () => {
  // 0.35·t^1.5 + 0.65·t^30 by hand: t = 0.2 → 0.35·0.0894427, 0.5 → 0.35·0.3535534.
  test.each([
    [-1, 0],
    [0, 0],
    [0.2, 0.031305],
    [0.5, 0.123744],
    [1, 1],
    [1.5, 1],
  ])('at t = %f: %f', (t, share) => {
    expect(alphaShare(t)).toBeCloseTo(share, 6);
  });
});

describe('looks', () => {
  test('one comparison: the first is at 12 blocks, 2^-12 being below the 0.0002761 spent by then', () => {
    const looks = planLooks({ minBlocks: 6, maxBlocks: 60 }, 1);
    const schedule = [...Array(49).keys()].map((n) => n + 12);
    expect(looks).toEqual({ schedule, early: [6, 7, 8, 9, 10], alphaFail: 0.01, alphaPass: 0.05 });
  });

  test('early looks are at 3 to 10 blocks, from min_blocks on, and never at the end', () => {
    expect(planLooks({ minBlocks: 3, maxBlocks: 60 }, 1).early).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(planLooks({ minBlocks: 3, maxBlocks: 8 }, 1).early).toEqual([3, 4, 5, 6, 7]);
    expect(planLooks({ minBlocks: 11, maxBlocks: 60 }, 1).early).toEqual([]);
  });

  test('twelve comparisons: the first is at 15 blocks', () => {
    expect(planLooks({ minBlocks: 6, maxBlocks: 60 }, 12).schedule[0]).toBe(15);
  });

  test('min_blocks is honoured', () => {
    expect(planLooks({ minBlocks: 20, maxBlocks: 60 }, 1).schedule[0]).toBe(20);
    expect(planLooks({ minBlocks: 30, maxBlocks: 30 }, 1).schedule).toEqual([30]);
  });

  test('of hundreds of blocks only some are looks, evenly, the last among them', () => {
    expect(lookPoints(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(lookPoints(3, 4)).toEqual([4]);
    const many = lookPoints(20, 340);
    expect(many.slice(0, 3)).toEqual([25, 30, 35]);
    expect(many.at(-1)).toBe(340);
    expect(many).toHaveLength(64);
  });

  test('the smallest cap that can decide is one look at the cap; below it is refused with the number needed', () => {
    expect(planLooks({ minBlocks: 1, maxBlocks: 7 }, 1).schedule).toEqual([7]);
    expect(() => planLooks({ minBlocks: 1, maxBlocks: 6 }, 1)).toThrow(BadInputError);
    expect(() => planLooks({ minBlocks: 1, maxBlocks: 10 }, 12)).toThrow(
      'measure.max_blocks: 10 blocks cannot decide anything with 12 gated comparisons; set at least 11',
    );
  });

  test('ascending, at most 64, from min_blocks, and the cap is the last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 14, max: 1000 }),
        fc.integer({ min: 1, max: 80 }),
        (min, max, comparisons) => {
          const { schedule } = planLooks({ minBlocks: Math.min(min, max), maxBlocks: max }, comparisons);
          for (const [index, n] of schedule.entries()) expect(n).toBeGreaterThan(schedule[index - 1] ?? 0);
          return (
            schedule.at(-1) === max &&
            schedule.length <= 64 &&
            (schedule[0] as number) >= Math.min(min, max, schedule[0] as number)
          );
        },
      ),
    );
  });
});
