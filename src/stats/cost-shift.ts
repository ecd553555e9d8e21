import { median } from 'simple-statistics';
import { pairedBounds } from './paired-bounds.ts';
import { shiftBounds } from './shift-bounds.ts';

/** One cost before and now, and by what factor it moved. */
export interface CostShift {
  /** Medians, in the cost's own unit. */
  before: number;
  now: number;
  /** Hodges–Lehmann factor of now over before, with two-sided 95 % bounds; null where there are too few blocks. */
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/** Of two runs only the last values of each count: exact bounds of more take long, and attribution needs no more. */
const MOST_UNPAIRED = 100;

/** Each side of a two-sided 95 % interval. */
const SIDE = { lower: 0.025, upper: 0.025 };

const exp = (value: number | null): number | null => (value === null ? null : Math.exp(value));

/** Costs of two runs, or, with `blocks`, of two revisions in the same blocks. Costs that are not above zero are left out. */
export type Costs =
  | { blocks: { before: number | null; now: number | null }[] }
  | { before: readonly number[]; now: readonly number[] };

/**
 * By what factor a cost moved: signed-rank bounds where each block has both, Mann–Whitney bounds between two runs.
 * Null where there is nothing to compare.
 */
export const costShift = (costs: Costs): CostShift | null => {
  const isUsable = (cost: number | null): cost is number => cost !== null && Number.isFinite(cost) && cost > 0;
  const isPaired = 'blocks' in costs;
  const pairs = isPaired ? costs.blocks.filter((pair) => isUsable(pair.before) && isUsable(pair.now)) : [];
  const before = (isPaired ? pairs.map((pair) => pair.before) : costs.before.slice(-MOST_UNPAIRED)).filter(isUsable);
  const now = (isPaired ? pairs.map((pair) => pair.now) : costs.now.slice(-MOST_UNPAIRED)).filter(isUsable);
  const logs = { before: before.map(Math.log), now: now.map(Math.log) };
  const { estimate, lower, upper } = isPaired
    ? pairedBounds(
        logs.now.map((value, index) => value - (logs.before[index] ?? 0)),
        SIDE,
      )
    : shiftBounds(logs.now, logs.before, SIDE);
  if (estimate === null) return null;
  return {
    before: median(before),
    now: median(now),
    estimate: Math.exp(estimate),
    lower: exp(lower),
    upper: exp(upper),
  };
};
