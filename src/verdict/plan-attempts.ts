/** One look of a comparison: its number of usable blocks, and the share of alpha spent by then. */
export interface PlannedLook {
  n: number;
  share: number;
  /** All of its attempt's alpha may be spent here. */
  isFull: boolean;
}

/** One attempt as far as one comparison's usable blocks go. Counts include those of earlier attempts. */
export interface ComparisonAttempt {
  /** Looks that may decide, ascending; the last is where all of the attempt's alpha is spent. */
  schedule: number[];
  /** Usable blocks now, or at the end of the attempt. */
  available: number;
  /** The attempt is over, and not because of what it found: its last block is a look at which all may be spent. */
  isOver: boolean;
}

/** Of information t in [0, 1] and of the number of attempts: the shares of alpha that may be spent. */
export interface Spending {
  within: (t: number) => number;
  attempts: (count: number) => number;
}

/** All looks of a comparison over its attempts, in order; a further attempt goes on with what is left of alpha. */
export const planAttempts = (attempts: ComparisonAttempt[], spending: Spending): PlannedLook[] => {
  const looks: PlannedLook[] = [];
  let from = 0;
  for (const [index, { schedule, available, isOver }] of attempts.entries()) {
    const before = spending.attempts(index);
    const whole = spending.attempts(index + 1) - before;
    const horizon = Math.max(schedule.at(-1) ?? 0, from + 1);
    const reached = Math.min(available, horizon);
    for (const n of schedule)
      if (n > from && n <= reached && n < horizon)
        looks.push({ n, share: before + whole * spending.within((n - from) / (horizon - from)), isFull: false });
    if (reached > from && (isOver || reached === horizon)) {
      if (looks.at(-1)?.n === reached) looks.pop();
      looks.push({ n: reached, share: before + whole, isFull: true });
    }
    from = Math.max(from, reached);
  }
  return looks;
};
