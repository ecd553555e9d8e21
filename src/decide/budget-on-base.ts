/** The same budget on the base, so that a change is not blamed for what was so before it. */

import type { Config } from '../model/config.ts';
import type { Bounds } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { ComparisonVerdict, OnBase } from '../model/verdict.ts';
import { listBaseBlocks } from '../samples/base-blocks.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairRevisions } from '../samples/pair-revisions.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { flooredLimit, fromScale, limitOnScale } from './limit-scale.ts';

/**
 * The levels of a fail and of a pass of a run, for all blocks at once: a change without an effect must be blamed for a budget
 * that was broken before as rarely as for any other.
 */
const ALPHA = { fail: 0.01, pass: 0.05 };

/** The same comparison with a limit of no growth, so that its limit becomes the minimum effect. */
const withoutGrowth = ({ limit, ...rest }: DeclaredComparison): DeclaredComparison => ({
  ...rest,
  kind: 'regression',
  limit: limit.scale === 'ratio' ? { ...limit, factor: 1 } : { ...limit, amount: 0 },
});

const judgeBounds = ({ lower, upper }: Bounds, limit: number): OnBase['verdict'] => {
  if (lower === null && upper === null) return 'not-measured';
  if (lower !== null && lower > limit) return 'fail';
  return upper !== null && upper < limit ? 'pass' : 'inconclusive';
};

/** Only for budgets of functions whose base ran beside the head. */
export const judgeOnBase = (
  declared: DeclaredComparison,
  blocks: Block[],
  config: Config,
  familySize: number,
): Pick<ComparisonVerdict, 'onBase'> => {
  const { metric, isolation, limit, kind } = declared;
  const beside = blocks.filter(({ base }) => base?.control != null);
  if (kind !== 'budget' || metric === 'control' || beside.length === 0) return {};
  const { scale } = limit;
  const onBase = pairedBounds(pairBlocks(listBaseBlocks(beside), { isolation }, metric, scale)[scale], {
    lower: ALPHA.fail,
    upper: ALPHA.pass,
  });
  const growth = pairedBounds(pairRevisions(beside, isolation, metric, scale).growth[scale], {
    lower: ALPHA.fail / familySize,
    upper: ALPHA.pass,
  });
  const costs = beside.map(({ treatments }) => costOf(treatments.get(isolation), metric)).filter((one) => one !== null);
  const minimumEffect = flooredLimit(withoutGrowth(declared), costs, config).limit;
  const verdict = judgeBounds(onBase, limitOnScale(limit));
  const shown = ({ estimate, lower, upper }: Bounds): Bounds => ({
    estimate: fromScale(limit, estimate),
    lower: fromScale(limit, lower),
    upper: fromScale(limit, upper),
  });
  // With too few blocks for a bound nothing is shown either way, so the fail is not excused.
  const isWorse = growth.lower === null || growth.lower > minimumEffect;
  const isInherited = verdict === 'fail' && !isWorse;
  const isExcused = isInherited && !config.failOnBase;
  return { onBase: { ...shown(onBase), verdict, growth: shown(growth), isInherited, isExcused } };
};
