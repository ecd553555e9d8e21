import { mean, median, sampleStandardDeviation, standardDeviation } from 'simple-statistics';
import { studentCdf, studentQuantile } from '../../src/stats/distributions.ts';
import { fixedSignedRank } from './fixed-signed-rank.ts';
import { mannWhitneyP } from './mann-whitney-p.ts';
import { logRatios, type PairedCosts } from './paired-costs.ts';
import type { Random } from './random.ts';
import { bootstrapRelativeMean, bootstrapTP, permutationP, welchFreedom, welchStatistic } from './resampling.ts';
import type { Rule } from './ruling.ts';

/**
 * Rules of others as their documents and sources state them, written anew. None has a third outcome: what is not called a
 * regression passes. Each is given a block's cost of each arm where the tool itself might pool iterations, which is kinder.
 */

/** criterion.rs has 100 000 and SciPy's permutation test 9999: fewer change the verdict of a run in a hundred at most. */
const RESAMPLES = 999;

const last = (values: number[]): number => values.at(-1) as number;

/** github-action-benchmark and the like: this run's one value against the previous one's. */
export const exceedsPrevious = ({ control, treatment }: PairedCosts, factor: number): boolean =>
  last(treatment) > factor * last(control);

/** asv `continuous` and `compare`: Mann–Whitney p < 0.002, and the medians differ by more than the factor. */
export const isSlowerByAsv = ({ control, treatment }: PairedCosts, factor: number): boolean =>
  median(treatment) > factor * median(control) && mannWhitneyP(treatment, control) < 0.002;

/**
 * Bencher's t_test threshold: one new value above mean + t · s of the history, s over n (not n − 1), t the quantile
 * `boundary` with n − 1 degrees of freedom.
 */
export const exceedsBencherT = ({ control, treatment }: PairedCosts, boundary: number): boolean =>
  last(treatment) > mean(control) + studentQuantile(boundary, control.length - 1) * standardDeviation(control);

/** Bencher's percentage threshold: one new value above the history's mean by more than a share. */
export const exceedsHistoryMean = ({ control, treatment }: PairedCosts, factor: number): boolean =>
  last(treatment) > factor * mean(control);

/** Welch's test of all values, two-sided p < 0.05, as hyperfine's script. */
export const isSlowerByWelch = ({ control, treatment }: PairedCosts): boolean => {
  const t = welchStatistic(treatment, control);
  return t > 0 && 2 * (1 - studentCdf(t, welchFreedom(treatment, control))) < 0.05;
};

/** criterion.rs: bootstrapped t-test p < 0.05, and the 95 % bootstrap interval of the relative mean above the noise. */
export const isSlowerByCriterion = ({ control, treatment }: PairedCosts, noise: number, random: Random): boolean =>
  mean(treatment) / mean(control) - 1 > noise &&
  bootstrapRelativeMean(treatment, control, 0.95, RESAMPLES, random).lower > noise &&
  bootstrapTP(treatment, control, RESAMPLES, random) < 0.05;

/** Firecracker's ab_test: permutation test of the means p < 0.01, and the mean grew by more than a share. */
export const isSlowerByFirecracker = ({ control, treatment }: PairedCosts, share: number, random: Random): boolean =>
  mean(treatment) - mean(control) > share * mean(control) && permutationP(treatment, control, RESAMPLES, random) < 0.01;

/** Georges, Buytaert, Eeckhout (2007): the 95 % t intervals of the two means do not overlap. */
export const isClearOf = ({ control, treatment }: PairedCosts): boolean => {
  const halfWidth = (values: number[]) =>
    (studentQuantile(0.975, values.length - 1) * sampleStandardDeviation(values)) / Math.sqrt(values.length);
  return mean(treatment) - halfWidth(treatment) > mean(control) + halfWidth(control);
};

type Predicate = (costs: PairedCosts, limit: number, random: Random) => boolean;

const twoWay = (
  name: string,
  isRegression: Predicate,
  blocksOf = (costs: PairedCosts) => costs.control.length,
): Rule => ({
  name,
  decide: (costs, limit, random) => ({
    outcome: isRegression(costs, limit, random) ? 'fail' : 'pass',
    blocks: blocksOf(costs),
  }),
});

const one = () => 1;
/** For rules that know no threshold: what they compare with is the control at its limit. */
const atLimit = ({ control, treatment }: PairedCosts, limit: number): PairedCosts => ({
  control: control.map((cost) => cost * limit),
  treatment,
});

const fixed = (name: string, alphaFail: number): Rule => ({
  name,
  decide: (costs, limit) => ({
    outcome: fixedSignedRank(logRatios(costs), Math.log(limit), { fail: alphaFail, pass: 0.05 }),
    blocks: costs.control.length,
  }),
});

/** With the parameters of their documents, and again with the limit in place of their threshold. */
export const OTHER_RULES: Rule[] = [
  twoWay('one value, 110 %', (costs) => exceedsPrevious(costs, 1.1), one),
  twoWay('one value, 200 %', (costs) => exceedsPrevious(costs, 2), one),
  twoWay('asv, factor 1.1', (costs) => isSlowerByAsv(costs, 1.1)),
  twoWay('Bencher t, 0.99', (costs) => exceedsBencherT(costs, 0.99)),
  twoWay('history mean + 10 %', (costs) => exceedsHistoryMean(costs, 1.1)),
  twoWay('Welch t, p < 0.05', isSlowerByWelch),
  twoWay('criterion, noise 1 %', (costs, _limit, random) => isSlowerByCriterion(costs, 0.01, random)),
  twoWay('Firecracker, 5 %', (costs, _limit, random) => isSlowerByFirecracker(costs, 0.05, random)),
  twoWay('intervals apart, 95 %', isClearOf),
  twoWay('one value, limit', exceedsPrevious, one),
  twoWay('asv, limit', isSlowerByAsv),
  twoWay('Bencher t, limit', (costs, limit) => exceedsBencherT(atLimit(costs, limit), 0.99)),
  twoWay('history mean, limit', exceedsHistoryMean),
  twoWay('Welch t, limit', (costs, limit) => isSlowerByWelch(atLimit(costs, limit))),
  twoWay('criterion, limit', (costs, limit, random) => isSlowerByCriterion(costs, limit - 1, random)),
  twoWay('Firecracker, limit', (costs, limit, random) => isSlowerByFirecracker(costs, limit - 1, random)),
  twoWay('intervals apart, limit', (costs, limit) => isClearOf(atLimit(costs, limit))),
  fixed('signed rank once, 0.01', 0.01),
  fixed('signed rank once, 0.05', 0.05),
];
