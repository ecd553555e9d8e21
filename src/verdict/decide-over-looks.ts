/** One look's own levels, each one-sided. */
export interface LookAlpha {
  fail: number;
  pass: number;
}

export interface LookPlan {
  /** Ascending; the last is the cap, at which all of alpha is spent. */
  schedule: number[];
  /** Of this one comparison. */
  alpha: LookAlpha;
  /** Alpha spent by information time t in [0, 1]. */
  spend: (alpha: number, t: number) => number;
}

/** What one look found. `usable` says on which side a bound existed at that level: only such a look spends alpha. */
export interface Finding<T> {
  outcome: 'fail' | 'pass' | 'open';
  usable: { fail: boolean; pass: boolean };
  detail: T;
}

export interface LookDecision<T> {
  outcome: 'fail' | 'pass' | 'open';
  /** Blocks of the function at the look that decided, or at the last one. */
  n: number;
  detail: T;
}

/** The looks that `available` blocks allow; the end of a run is a look at which all of alpha may be spent. */
const lookPoints = ({ schedule }: LookPlan, available: number, final: boolean): { n: number; t: number }[] => {
  const cap = schedule.at(-1) ?? 0;
  const n = Math.min(available, cap);
  const points = schedule.filter((look) => look <= n).map((look) => ({ n: look, t: look / cap }));
  if (!final || n === 0) return points;
  return [...points.filter((point) => point.n < n), { n, t: 1 }];
};

/**
 * Goes through the looks in their order, each on the first n blocks only, and stops at the first that decides: so a
 * replay decides as the run did, and what is decided stays decided. Each look uses the alpha that its spending time
 * allows less what earlier looks used, so over all looks no more than alpha is used, however they are correlated.
 */
export const decideOverLooks = <T>(
  plan: LookPlan,
  available: number,
  final: boolean,
  examine: (n: number, alpha: LookAlpha) => Finding<T>,
): LookDecision<T> | null => {
  const used: LookAlpha = { fail: 0, pass: 0 };
  let last: LookDecision<T> | null = null;
  for (const { n, t } of lookPoints(plan, available, final)) {
    const fail = plan.spend(plan.alpha.fail, t);
    const pass = plan.spend(plan.alpha.pass, t);
    const { outcome, usable, detail } = examine(n, { fail: fail - used.fail, pass: pass - used.pass });
    last = { outcome, n, detail };
    if (outcome !== 'open') return last;
    if (usable.fail) used.fail = fail;
    if (usable.pass) used.pass = pass;
  }
  return last;
};
