import { hasShiftBounds, shiftBounds } from '../stats/shift-bounds.ts';
import { ALPHA_CHECK, type CheckInput, type Finding } from './finding.ts';
import { formatDistance } from './limit-scale.ts';

/** A proven shift that is smaller than this share of the allowance does not matter. */
const TOLERATED_SHARE = 0.5;

/**
 * Does it matter which of the two ran first in its block? Blocks with the control first against those with it last:
 * Hodges–Lehmann shift with Mann–Whitney bounds (Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, chapter 4).
 * Either order alone would put the centre half the shift away from where both together put it: limits are widened by that.
 */
export const checkOrder = (input: CheckInput): Finding | null => {
  const valuesOf = (controlFirst: boolean) =>
    input.pairs.filter((pair) => pair.controlFirst === controlFirst).map((pair) => pair.value);
  const level = ALPHA_CHECK / Math.max(input.familySize, 1) / 2;
  const [before, after] = [valuesOf(true), valuesOf(false)];
  if (!hasShiftBounds(before.length, after.length, level)) return null;
  const { estimate, lower, upper } = shiftBounds(before, after, { lower: level, upper: level });
  if (estimate === null || lower === null || upper === null) return null;
  const shift = Math.abs(estimate);
  if ((lower <= 0 && upper >= 0) || shift <= TOLERATED_SHARE * input.allowance) return null;
  const { arm, control } = input;
  const direction = estimate > 0 ? 'more' : 'less';
  return {
    code: 'order-interaction',
    message: `${arm} costs ${formatDistance(shift, input.scale === 'ratio' ? 'x' : input.unit)} ${direction} where ${control} ran before it in the block than where it ran after, so limits are widened by half of that`,
    widening: shift / 2,
    hold: null,
  };
};
