import { median } from 'simple-statistics';
import { formatAmount } from '../lib/format.ts';
import { distinctValues, resolutionOf } from '../stats/resolution.ts';
import type { CheckInput, Finding } from './finding.ts';

/** A step of up to this share of the limit's distance from no difference is fine enough, however small that is. */
const TOLERATED_SHARE = 0.5;

/**
 * Does the limit lie within one step of what can be measured? A cost that is rounded to steps may be wrong by half of
 * one, in the same direction in every block: limits are widened by that. A difference that is the same in all blocks stands.
 */
export const checkCoarse = (input: CheckInput): Finding | null => {
  const { pairs, scale, unit, limit } = input;
  if (distinctValues(pairs.map((pair) => pair.value)).length < 2) return null;
  const arms = [
    { name: input.control, costs: pairs.map((pair) => pair.control) },
    { name: input.arm, costs: pairs.map((pair) => pair.treatment) },
  ].flatMap(({ name, costs }) => {
    const step = resolutionOf(costs);
    if (step === null) return [];
    const onScale = scale === 'ratio' ? Math.log1p(step / median(costs)) : step;
    return [{ name, costs, step, onScale }];
  });
  const coarsest = arms.sort((a, b) => b.onScale - a.onScale).at(0);
  if (coarsest === undefined || coarsest.onScale <= TOLERATED_SHARE * Math.abs(limit)) return null;
  const { name, costs, step, onScale } = coarsest;
  return {
    code: 'coarse-values',
    message: `${distinctValues(costs).length} distinct values of ${name} in ${costs.length} blocks, at least ${formatAmount(step, unit)} apart, are too coarse for this limit, so it is widened by half of such a step`,
    widening: onScale / 2,
    hold: null,
  };
};
