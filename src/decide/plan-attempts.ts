import type { MeasureConfig } from '../model/config.ts';
import type { AttemptPlan, Looks } from '../model/samples.ts';
import type { ComparisonInputs, FunctionBlocks } from './comparison-inputs.ts';
import { earlyTestsAt, type LookTest } from './early-looks.ts';
import { lookPoints } from './plan-looks.ts';

/** A file without a plan has one attempt, of up to `max_blocks` blocks. */
export const ONE_ATTEMPT: AttemptPlan = { horizon: null, until: null, hopeless: [] };

/** Number of blocks that count at all: blocks after the plan of the last attempt do not. */
export const capBlocks = (attempts: AttemptPlan[], maxBlocks: number): number => {
  const before = attempts.at(-2)?.until ?? 0;
  const most = before + maxBlocks;
  return Math.min(attempts.at(-1)?.horizon ?? most, most);
};

/**
 * The attempts of one function, counted in usable blocks of one comparison. In a file without a plan, the first attempt has
 * its looks where the header says. All others have one after every block up to their horizon, at most `max_blocks` more.
 */
export const comparisonAttempts = (
  isolation: string,
  { at }: Pick<ComparisonInputs, 'at'>,
  { attempts }: FunctionBlocks,
  looks: Looks,
  measure: Pick<MeasureConfig, 'minBlocks' | 'maxBlocks'>,
  final: boolean,
): ComparisonAttempt[] => {
  let from = 0;
  let blocksBefore = 0;
  return attempts.map(({ horizon, until, hopeless }, index) => {
    const isLast = index === attempts.length - 1;
    const available = until === null ? at.length : at.filter(({ block }) => block < until).length;
    const end = Math.min(horizon ?? Number.POSITIVE_INFINITY, blocksBefore + measure.maxBlocks);
    const schedule =
      index === 0 && end === looks.schedule.at(-1)
        ? looks.schedule
        : lookPoints(Math.max(from, Math.min(measure.minBlocks, end) - 1), end);
    from = available;
    blocksBefore = until ?? blocksBefore;
    return { schedule, available, isOver: (final || !isLast) && !hopeless.includes(isolation) };
  });
};

/** One look of a comparison: its number of usable blocks, and the share of alpha spent by then. */
export interface PlannedLook {
  n: number;
  test: LookTest;
  /** Of the ranks' alpha; early looks have levels of their own, and 0 here. */
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
  /** The attempt is over, and not because of what it found: all alpha may be spent at its last block. */
  isOver: boolean;
}

export interface Spending {
  /** The share of an attempt's alpha that may be spent by the information time t in [0, 1]. */
  within: (t: number) => number;
  /** What one attempt may spend, as a share of what those before it left. */
  attempt: number;
  /** With fewer blocks than this, the end of an attempt decides nothing and spends nothing. */
  fewest: number;
}

/** Looks of one attempt that begins after `from` blocks, when the share `before` of alpha has been spent. */
const planAttempt = (
  { schedule, available, isOver }: ComparisonAttempt,
  { within, attempt, fewest }: Spending,
  { from, before }: { from: number; before: number },
): PlannedLook[] => {
  const whole = attempt * (1 - before);
  const horizon = Math.max(schedule.at(-1) ?? 0, from + 1);
  const reached = Math.min(available, horizon);
  const looks = schedule
    .filter((n) => n > from && n <= reached && n < horizon)
    .map((n): PlannedLook => {
      return { n, test: 'ranks', share: before + whole * within((n - from) / (horizon - from)), isFull: false };
    });
  const hasEnd = reached > from && (isOver || reached === horizon);
  if (!hasEnd) return looks;
  const earlier = looks.filter(({ n }) => n < reached);
  if (reached >= fewest) return [...earlier, { n: reached, test: 'ranks', share: before + whole, isFull: true }];
  // A decision of an earlier look stands: only a look with more alpha may replace it.
  return earlier.length < looks.length ? looks : [...looks, { n: reached, test: 'ranks', share: before, isFull: true }];
};

/**
 * All looks of a comparison over its attempts, in order. A further attempt continues with the alpha that earlier ones left;
 * an attempt without a look has spent nothing.
 */
export const planAttempts = (attempts: ComparisonAttempt[], spending: Spending): PlannedLook[] => {
  const looks: PlannedLook[] = [];
  let from = 0;
  for (const attempt of attempts) {
    looks.push(...planAttempt(attempt, spending, { from, before: looks.at(-1)?.share ?? 0 }));
    const horizon = Math.max(attempt.schedule.at(-1) ?? 0, from + 1);
    from = Math.max(from, Math.min(attempt.available, horizon));
  }
  return looks;
};

/** The looks of the ranks with the early ones that so many usable blocks allow, in order; at the same number of blocks these come first. */
export const withEarlyLooks = (ranks: PlannedLook[], early: number[], available: number): PlannedLook[] =>
  [
    ...early
      .filter((n) => n <= available)
      .flatMap((n) => earlyTestsAt(n).map((test): PlannedLook => ({ n, test, share: 0, isFull: false }))),
    ...ranks,
  ].sort((a, b) => a.n - b.n);
