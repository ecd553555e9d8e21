/** Flow part: what a stored record's limit is widened by, because no two runs are alike. */

import { median } from 'simple-statistics';
import type { PlannedComparison } from './circumstances.ts';

/** One-sided 0.01 of a normal: what a fail of a run asks for. */
const Z = 2.326;
/**
 * Where the history is too short to tell. Public logs of unchanged functions differ by up to 1 % from run to run; half of that as
 * standard deviation leaves limits of +5 % usable, and errs on the side of undecided.
 */
const ASSUMED = 0.005;

/** @returns on the decision scale, for both directions; 0 where nothing stored takes part */
export const betweenRunsWidening = ({ declared, record }: PlannedComparison): number => {
  if (record === null) return 0;
  const { betweenRuns, control, treatment } = record;
  const isControl = declared.metric === 'control';
  const costs = isControl || !treatment?.length ? control : treatment;
  const size = declared.limit.scale === 'ratio' || costs.length === 0 ? 1 : median(costs);
  if (betweenRuns === undefined) return Z * Math.SQRT2 * ASSUMED * size;
  if (isControl) return Z * Math.SQRT2 * betweenRuns.control * size;
  return Z * Math.SQRT2 * betweenRuns[declared.limit.scale];
};

/** Both the stored run and this one vary by as much. */
export const isAssumed = ({ record }: PlannedComparison): boolean =>
  record !== null && record.betweenRuns === undefined;
