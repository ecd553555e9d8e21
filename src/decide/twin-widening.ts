/** The twin may be off by this share of the tightest allowance before it counts (measurement.md). */
const TOLERATED_SHARE = 0.25;

/**
 * By how much limits are widened, both ways, because two arms that are the same were measured as different: the
 * twin's shift where its interval excludes no difference and the shift is more than a quarter of `tightestAllowance`,
 * else 0. All on the scale on which is decided.
 */
export const twinWidening = (
  twin: { estimate: number | null; lower: number | null; upper: number | null },
  tightestAllowance: number,
): number => {
  if (twin.estimate === null || twin.lower === null || twin.upper === null) return 0;
  const excludesNoDifference = twin.lower > 0 || twin.upper < 0;
  const shift = Math.abs(twin.estimate);
  return excludesNoDifference && shift > TOLERATED_SHARE * Math.abs(tightestAllowance) ? shift : 0;
};
