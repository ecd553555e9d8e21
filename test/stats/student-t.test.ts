import { describe, expect, test } from 'vitest';
import { studentOutcome, studentT } from '../../src/stats/student-t.ts';
import { normal, seeded } from './support.ts';

/** Extra sleep by two drugs, Student (1908): R's `sleep`, group 1 less group 2. */
const SLEEP = [-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4];

describe("Student's t", () => {
  test("R's t.test(sleep, paired): t = −4.0621, df 9, p = 0.002833, mean −1.58, 95 % from −2.4599 to −0.7001", () => {
    const sleep = studentT(SLEEP, 0.025, 0);
    expect(sleep?.mean).toBeCloseTo(-1.58, 12);
    expect(sleep?.lower).toBeCloseTo(-2.4598858, 6);
    expect(sleep?.upper).toBeCloseTo(-0.7001142, 6);
    expect(sleep?.pBelow).toBeCloseTo(0.00283289 / 2, 8);
    expect(sleep?.pAbove).toBeCloseTo(1 - 0.00283289 / 2, 7);
  });

  test('the outcome by its bounds: above, below, neither', () => {
    const sleep = studentT(SLEEP, 0.01, 0);
    expect(sleep).not.toBeNull();
    if (sleep === null) return;
    expect([sleep.lower, sleep.upper].map((bound) => Number(bound.toFixed(4)))).toEqual([-2.6774, -0.4826]);
    expect(studentOutcome(sleep, -2.68)).toBe('fail');
    expect(studentOutcome(sleep, -0.48)).toBe('pass');
    expect(studentOutcome(sleep, -1)).toBe('open');
  });

  test('constant values have no width; fewer than two say nothing', () => {
    expect(studentT([3, 3, 3], 0.01, 2)).toEqual({ mean: 3, lower: 3, upper: 3, pAbove: 0, pBelow: 1 });
    expect(studentT([3, 3, 3], 0.01, 3)).toEqual({ mean: 3, lower: 3, upper: 3, pAbove: 1, pBelow: 1 });
    expect(studentT([3], 0.01, 2)).toBeNull();
    // At the limit is neither above nor below it.
    expect(studentOutcome({ mean: 3, lower: 3, upper: 3, pAbove: 1, pBelow: 1 }, 3)).toBe('open');
  });

  test('misses normal values as often as it says', () => {
    const random = seeded(3);
    let missed = 0;
    for (let run = 0; run < 4000; run += 1)
      if (
        (studentT(
          Array.from({ length: 8 }, () => normal(random)),
          0.05,
          0,
        )?.lower ?? 0) > 0
      )
        missed += 1;
    expect(missed / 4000).toBeGreaterThan(0.038);
    expect(missed / 4000).toBeLessThan(0.062);
  });
});
