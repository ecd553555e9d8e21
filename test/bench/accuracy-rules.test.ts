import { describe, expect, it } from 'vitest';
import { fixedSignedRank, fixedSignedRankRun, signedRankP } from '../../bench/accuracy/fixed-signed-rank.ts';
import { mannWhitneyP } from '../../bench/accuracy/mann-whitney-p.ts';
import {
  exceedsBencherT,
  exceedsHistoryMean,
  exceedsPrevious,
  isClearOf,
  isSlowerByAsv,
  isSlowerByCriterion,
  isSlowerByFirecracker,
  isSlowerByWelch,
  OTHER_RULES,
} from '../../bench/accuracy/other-rules.ts';
import { seededRandom } from '../../bench/accuracy/random.ts';
import {
  bootstrapRelativeMean,
  bootstrapTP,
  permutationP,
  welchFreedom,
  welchStatistic,
} from '../../bench/accuracy/resampling.ts';

// The examples of R's help pages, with what they print.
const SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const DEPRESSION_FIRST = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const DEPRESSION_SECOND = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const PLACENTA_TERM = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const PLACENTA_EARLY = [1.15, 0.88, 0.9, 0.74, 1.21];

/** 20 control costs around 100 with a standard deviation of about 3.3, and the same times a factor. */
const CONTROL = [95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 96, 97, 98, 99, 100, 101, 102, 103, 104];
const slower = (factor: number) => ({ control: CONTROL, treatment: CONTROL.map((cost) => cost * factor) });

describe('statistics against published values', () => {
  it('the signed-rank test of the depression scores: V = 40, p = 0.01953 (R, wilcox.test)', () => {
    const differences = DEPRESSION_FIRST.map((x, i) => x - (DEPRESSION_SECOND[i] as number));
    const p = signedRankP(differences, 0);
    expect(p.fail).toBeCloseTo(0.01953125, 8);
    // P(V ≤ 40) = 1 − P(V ≥ 41) = 1 − 7/512.
    expect(p.pass).toBeCloseTo(1 - 7 / 512, 8);
  });

  it('the Mann–Whitney test of placental permeability: W = 35, one-sided p = 0.1272 (R, wilcox.test)', () => {
    expect(mannWhitneyP(PLACENTA_TERM, PLACENTA_EARLY)).toBeCloseTo(2 * 0.1272, 3);
    // All of 4 above all of 4: 2 of the 70 orders (benchstat warns with this 0.0286).
    expect(mannWhitneyP([5, 6, 7, 8], [1, 2, 3, 4])).toBeCloseTo(0.02857, 5);
    expect(mannWhitneyP([1, 2, 3, 4], [5, 6, 7, 8])).toBeCloseTo(0.02857, 5);
  });

  it('ties are broken against a difference, as asv does', () => {
    expect(mannWhitneyP([1, 1, 1, 1], [1, 1, 1, 1])).toBe(1);
    // U between 12 and 16, so 12: P(U ≤ 4) on four a side is 12 of 70.
    expect(mannWhitneyP([2, 3, 3, 3], [1, 2, 2, 2])).toBeGreaterThan(0.1);
  });

  it('above twenty a side by the normal approximation: z = 5.55 is 2.9e-8', () => {
    // 21 a side: deviation √(441·43/12) = 39.752; U = 0 is z = −5.5469, p = 2.9e-8.
    const low = Array.from({ length: 21 }, (_, i) => i);
    expect(
      mannWhitneyP(
        low.map((x) => x + 100),
        low,
      ),
    ).toBeCloseTo(2.9e-8, 9);
  });

  it("Welch's test of the sleep data: t = 1.8608, df = 17.776, p = 0.07939 (R, t.test)", () => {
    expect(welchStatistic(SLEEP_2, SLEEP_1)).toBeCloseTo(1.8608, 4);
    expect(welchFreedom(SLEEP_2, SLEEP_1)).toBeCloseTo(17.776, 3);
    expect(isSlowerByWelch({ control: SLEEP_1, treatment: SLEEP_2 })).toBe(false);
  });

  it('regroupings of three and three: 1 of 20 is as far on one side, so p is 0.1', () => {
    expect(permutationP([4, 5, 6], [1, 2, 3], 20_000, seededRandom(1))).toBeCloseTo(0.1, 1.7);
    expect(permutationP([1, 2, 3], [4, 5, 6], 20_000, seededRandom(1))).toBeCloseTo(0.1, 1.7);
    expect(permutationP([1, 2, 3], [1, 2, 3], 999, seededRandom(1))).toBeGreaterThan(0.9);
  });

  it('the bootstrap of the relative mean: about two standard errors each side', () => {
    // Standard error of each mean 0.65, of their ratio 0.0092: ± 0.018.
    const { lower, upper } = bootstrapRelativeMean(slower(1.1).treatment, CONTROL, 0.95, 4000, seededRandom(1));
    expect(lower).toBeCloseTo(0.082, 2);
    expect(upper).toBeCloseTo(0.12, 2);
    expect(bootstrapTP(CONTROL, CONTROL, 999, seededRandom(1))).toBeGreaterThan(0.9);
    expect(bootstrapTP(slower(1.1).treatment, CONTROL, 999, seededRandom(1))).toBe(0);
  });
});

describe('the rules of others', () => {
  it('one value against the previous one: only the last counts, and equal to the threshold is no alert', () => {
    const costs = (treatment: number) => ({ control: [500, 100], treatment: [500, treatment] });
    expect(exceedsPrevious(costs(111), 1.1)).toBe(true);
    expect(exceedsPrevious(costs(109), 1.1)).toBe(false);
    expect(exceedsPrevious(costs(199), 2)).toBe(false);
    expect(exceedsPrevious(costs(201), 2)).toBe(true);
  });

  it('asv: both significant and beyond the factor', () => {
    expect(isSlowerByAsv(slower(1.12), 1.1)).toBe(true);
    // Surely slower, but by less than the factor.
    expect(isSlowerByAsv(slower(1.08), 1.1)).toBe(false);
    expect(isSlowerByAsv(slower(1.08), 1.05)).toBe(true);
    // Beyond the factor, but five a side have no p below 2/252.
    expect(isSlowerByAsv({ control: [1, 2, 3, 4, 5], treatment: [6, 7, 8, 9, 10] }, 1.1)).toBe(false);
  });

  it('Bencher: one value above mean + t · s, s over n, t 2.821 for ten values at 0.99', () => {
    // Mean 5.5, s = √8.25 = 2.8723: the boundary is 5.5 + 2.8214 · 2.8723 = 13.604.
    const history = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(exceedsBencherT({ control: history, treatment: [13.59] }, 0.99)).toBe(false);
    expect(exceedsBencherT({ control: history, treatment: [13.61] }, 0.99)).toBe(true);
    expect(exceedsHistoryMean({ control: history, treatment: [6.04] }, 1.1)).toBe(false);
    expect(exceedsHistoryMean({ control: history, treatment: [6.06] }, 1.1)).toBe(true);
  });

  it('Welch: slower counts, faster does not', () => {
    expect(isSlowerByWelch(slower(1.03))).toBe(true);
    expect(isSlowerByWelch(slower(1.015))).toBe(false);
    expect(isSlowerByWelch(slower(0.9))).toBe(false);
  });

  it('criterion: the whole interval has to be above the noise threshold', () => {
    const of = (factor: number) => isSlowerByCriterion(slower(factor), 0.01, seededRandom(1));
    // The lower bound lies about 1.8 points below the change.
    expect([of(1.015), of(1.02), of(1.04), of(1.1)]).toEqual([false, false, true, true]);
  });

  it('Firecracker: p < 0.01 and five percent', () => {
    const of = (factor: number) => isSlowerByFirecracker(slower(factor), 0.05, seededRandom(1));
    expect([of(1.04), of(1.06), of(0.9)]).toEqual([false, true, false]);
    // Six percent of three values each: no regrouping is rarer than 1 in 20.
    const few = { control: [100, 101, 102], treatment: [106, 107, 108] };
    expect(isSlowerByFirecracker(few, 0.05, seededRandom(1))).toBe(false);
  });

  it('intervals apart: 2.09 standard errors on each side have to fit between the means', () => {
    // Standard error 0.655 and 0.655 · factor: twice 2.093 · 0.655 is 2.74 at a factor near 1.
    expect(isClearOf(slower(1.025))).toBe(false);
    expect(isClearOf(slower(1.03))).toBe(true);
  });

  it('each has a name of its own, and passes what is three percent faster', () => {
    expect(new Set(OTHER_RULES.map(({ name }) => name)).size).toBe(OTHER_RULES.length);
    for (const rule of OTHER_RULES)
      expect([rule.name, rule.decide(slower(0.97), 1.025, seededRandom(1)).outcome]).toEqual([rule.name, 'pass']);
  });
});

describe('the fixed-size signed-rank test', () => {
  const alpha = { fail: 0.01, pass: 0.05 };

  it('seven blocks above the limit: 2⁻⁷ is below 0.01, six are not enough', () => {
    const above = (n: number) => Array.from({ length: n }, (_, i) => 0.1 + i / 100);
    expect(fixedSignedRank(above(7), 0.05, alpha)).toBe('fail');
    expect(fixedSignedRank(above(6), 0.05, alpha)).toBe('inconclusive');
    // Five below it: 2⁻⁵ is below 0.05.
    expect(fixedSignedRank(above(5), 0.5, alpha)).toBe('pass');
    expect(fixedSignedRank(above(4), 0.5, alpha)).toBe('inconclusive');
  });

  it('Holm: what each alone could not, the second can after the first', () => {
    const claim = (n: number) => ({ differences: Array.from({ length: n }, (_, i) => 0.1 + i / 100), limit: 0.05 });
    // p = 2⁻⁷ = 0.0078 each: above 0.01 / 2, so that neither falls.
    expect(fixedSignedRankRun([claim(7), claim(7)], alpha)).toEqual(['inconclusive', 'inconclusive']);
    // p = 2⁻⁸ = 0.0039 is below 0.005; the other is then held to 0.01.
    expect(fixedSignedRankRun([claim(7), claim(8)], alpha)).toEqual(['fail', 'fail']);
  });
});
