/**
 * Share of alpha that may be spent by information time `t` (blocks ÷ planned blocks; Lan and DeMets 1983): a third in the
 * manner of t^1.5, so that large excesses end a run early, and the rest as t^30, next to all of it at the last look, which
 * so is nearly the test of fixed size. Weights and powers are those that docs/explanation/accuracy.md found to keep at least 95 % of
 * that test's power with the fewest blocks.
 */
export const alphaShare = (t: number): number => {
  const within = Math.min(Math.max(t, 0), 1);
  return 0.35 * within ** 1.5 + 0.65 * within ** 30;
};

/** What an attempt may spend, as a share of what those before it left: re-running until green has its price. */
export const ATTEMPT_SHARE = 0.98;
