/** Before the first block: after how many of them a decision can be expected. This plans time; it decides nothing. */

import { median, sampleStandardDeviation } from 'simple-statistics';
import type { Config } from '../model/config.ts';
import type { PilotRound } from '../model/pilot.ts';
import type { DeclaredComparison, Looks } from '../model/samples.ts';
import { costOf } from '../samples/metric-value.ts';
import type { NoiseElsewhere, Outcome } from './comparison-inputs.ts';
import { earlyLevel, earlyTestsAt } from './early-looks.ts';
import { eachTestP, type NoiseAround, ratioTestP, unimodalTestP } from './early-test.ts';
import { limitOnScale } from './limit-scale.ts';
import { combineNoise, FEWEST_WITH_BASE } from './noise-around.ts';

/** Noise of a block, as a share of the cost, where nothing is known of it: that of a machine that others use too. */
const USUAL_NOISE = 0.05;
/** The deviation of five values is 1.22 times their true one or less in four of five cases. */
const SPARE = 1.22;

export interface Expectations {
  /** The comparisons of the function that are decided. */
  comparisons: DeclaredComparison[];
  looks: Pick<Looks, 'early' | 'alphaFail' | 'alphaPass'>;
  familySize: number;
  /** Fewest blocks with which the ranks decide. */
  ofRanks: number;
  /** The base runs in the same blocks. */
  hasBase: boolean;
  failOnBase: Config['failOnBase'];
  noiseElsewhere: (comparison: DeclaredComparison) => NoiseElsewhere;
}

/** On the scale on which is decided. */
const differencesOf = ({ isolation, metric, limit }: DeclaredComparison, rounds: PilotRound[]): Observed => {
  const observed: Observed = { values: [], costs: [] };
  if (metric === 'control') return observed;
  for (const { control, treatments } of rounds) {
    const from = costOf(control, metric);
    const to = costOf(treatments.get(isolation), metric);
    if (from === null || to === null || (limit.scale === 'ratio' && Math.min(from, to) <= 0)) continue;
    observed.values.push(limit.scale === 'ratio' ? Math.log(to) - Math.log(from) : to - from);
    observed.costs.push(to);
  }
  return observed;
};

interface Observed {
  values: number[];
  costs: number[];
}

const expectEarly = (comparison: DeclaredComparison, observed: Observed, known: Expectations): number | null => {
  const { looks, hasBase, failOnBase, familySize } = known;
  const { values, costs } = observed;
  if (comparison.kind !== 'budget' || values.length === 0) return null;
  const { scales, isCorrelated } = known.noiseElsewhere(comparison);
  const isRatio = comparison.limit.scale === 'ratio';
  const size = isRatio ? 1 : median(costs);
  const estimate = median(values);
  const elsewhere = scales.map((scale) => scale * size);
  // Two or three rounds may look alike by chance, so they only add to what is usual.
  const ofPilot = values.length < 2 ? 0 : sampleStandardDeviation(values);
  const usual = elsewhere.length > 0 ? Math.max(...elsewhere) : USUAL_NOISE * size;
  const noise: NoiseAround = {
    ...combineNoise([], elsewhere, size),
    scales: [SPARE * Math.max(usual, ofPilot)],
    isBarred: false,
    mayFail: failOnBase || !hasBase,
  };
  const limit = limitOnScale(comparison.limit);
  const decides = (n: number): boolean => {
    const sample = Array<number>(n).fill(estimate);
    return earlyTestsAt(n).some((test) =>
      (['fail', 'pass'] as const).some((outcome: Outcome) => {
        const alpha = outcome === 'fail' ? looks.alphaFail / familySize : looks.alphaPass;
        const level = earlyLevel(test, outcome, n, alpha);
        if (test === 'ratio') return outcome === 'fail' && isRatio && ratioTestP(sample, limit, noise) <= level;
        const around = { ...noise, isBarred: isCorrelated || (hasBase && n < FEWEST_WITH_BASE) };
        if (test === 'each') return isRatio && eachTestP(sample, limit, outcome, around) <= level;
        return unimodalTestP(sample, limit, outcome, around) <= level;
      }),
    );
  };
  return (looks.early ?? []).find(decides) ?? null;
};

/**
 * By isolation, also the control's: the number of blocks after which all of its comparisons are likely to be decided, at most
 * as many as the ranks need at the least. An isolation on which nothing is decided is not in it.
 */
export const expectBlocks = (rounds: PilotRound[], known: Expectations): Map<string, number> => {
  const expected = new Map<string, number>();
  for (const comparison of known.comparisons) {
    const early = expectEarly(comparison, differencesOf(comparison, rounds), known);
    const blocks = Math.min(early ?? known.ofRanks, known.ofRanks);
    expected.set(comparison.isolation, Math.max(expected.get(comparison.isolation) ?? 0, blocks));
  }
  return expected;
};
