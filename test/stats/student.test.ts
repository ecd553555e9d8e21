import { describe, expect, test } from 'vitest';
import { estimateCentre, studentBounds, studentP, subtractCentres } from '../../src/stats/student.ts';
import { normal, seeded } from './support.ts';

/** Extra hours of sleep with two drugs (Student 1908; R's data set `sleep`). */
const ONE = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const TWO = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe('against what R prints', () => {
  test('t.test(extra ~ group, paired = TRUE): t = −4.0621, df 9, p = 0.002833, interval −2.4598858 to −0.7001142', () => {
    const centre = estimateCentre(
      ONE.map((one, i) => one - (TWO[i] as number)),
      1,
    );
    expect(centre.freedom).toBe(9);
    expect(centre.mean / centre.error).toBeCloseTo(-4.0621, 4);
    expect(2 * studentP(centre, 0).below).toBeCloseTo(0.002833, 6);
    const { lower, upper } = studentBounds(centre, { lower: 0.025, upper: 0.025 });
    expect(lower).toBeCloseTo(-2.4598858, 5);
    expect(upper).toBeCloseTo(-0.7001142, 5);
  });

  test('t.test(extra ~ group): Welch, t = −1.8608, df 17.776, p = 0.07939', () => {
    const centre = subtractCentres(estimateCentre(ONE, 1), estimateCentre(TWO, 1));
    expect(centre.mean / centre.error).toBeCloseTo(-1.8608, 4);
    expect(centre.freedom).toBeCloseTo(17.776, 3);
    expect(2 * studentP(centre, 0).below).toBeCloseTo(0.07939, 5);
  });
});

test('four blocks for one: twice the error, and a quarter of the freedom', () => {
  const values = [...Array(40).keys()].map((i) => i % 5);
  const [whole, fourth] = [estimateCentre(values, 1), estimateCentre(values, 4)];
  expect(fourth.error).toBeCloseTo(2 * whole.error, 12);
  expect(fourth.freedom).toBe(9);
  expect(estimateCentre([1, 2, 3], 3).freedom).toBe(2);
});

test('equal values say where they lie', () => {
  const same = estimateCentre([3, 3, 3], 2);
  expect(studentP(same, 2)).toEqual({ above: 0, below: 1 });
  expect(studentP(same, 3)).toEqual({ above: 1, below: 1 });
});

test('misses normal values as often as it says', () => {
  const random = seeded(3);
  let missed = 0;
  for (let run = 0; run < 4000; run += 1) {
    const centre = estimateCentre(
      Array.from({ length: 8 }, () => normal(random)),
      1,
    );
    if (studentBounds(centre, { lower: 0.05, upper: 0.05 }).lower > 0) missed += 1;
  }
  expect(missed / 4000).toBeGreaterThan(0.038);
  expect(missed / 4000).toBeLessThan(0.062);
});
