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

export interface Spending {
  /** Of information t in [0, 1]: the share of an attempt's alpha that may be spent. */
  within: (t: number) => number;
  /** What one attempt may spend, as a share of what those before it left. */
  attempt: number;
  /** With fewer blocks the end of an attempt decides, and spends, nothing. */
  fewest: number;
}

/**
 * All looks of a comparison over its attempts, in order. A further attempt goes on with what earlier ones left of alpha;
 * one that came to no look has spent nothing.
 */
export const planAttempts = (attempts: ComparisonAttempt[], { within, attempt, fewest }: Spending): PlannedLook[] => {
  const looks: PlannedLook[] = [];
  let from = 0;
  for (const { schedule, available, isOver } of attempts) {
    const before = looks.at(-1)?.share ?? 0;
    const whole = attempt * (1 - before);
    const horizon = Math.max(schedule.at(-1) ?? 0, from + 1);
    const reached = Math.min(available, horizon);
    for (const n of schedule)
      if (n > from && n <= reached && n < horizon)
        looks.push({ n, share: before + whole * within((n - from) / (horizon - from)), isFull: false });
    if (reached > from && (isOver || reached === horizon)) {
      const isLook = looks.at(-1)?.n === reached;
      // What a look decided while the run went on stands: only a look with more alpha takes its place.
      if (isLook && reached >= fewest) looks.pop();
      if (reached >= fewest) looks.push({ n: reached, share: before + whole, isFull: true });
      else if (!isLook) looks.push({ n: reached, share: before, isFull: true });
    }
    from = Math.max(from, reached);
  }
  return looks;
};
