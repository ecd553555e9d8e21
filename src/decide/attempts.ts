/** Flow part: the attempts of one function, as far as one comparison's usable blocks go. */

import type { MeasureConfig } from '../model/config.ts';
import type { AttemptPlan, Looks } from '../model/samples.ts';
import type { FunctionBlocks } from './function-blocks.ts';
import type { Material } from './material.ts';
import type { ComparisonAttempt } from './plan-attempts.ts';
import { lookPoints } from './plan-looks.ts';

/** What a file does not plan is one attempt up to `max_blocks`. */
export const ONE_ATTEMPT: AttemptPlan = { horizon: null, until: null, hopeless: [] };

/** Last block that counts at all, as a number of blocks: none after the plan of the last attempt. */
export const capOf = (attempts: AttemptPlan[], maxBlocks: number): number => {
  const before = attempts.at(-2)?.until ?? 0;
  const most = before + maxBlocks;
  return Math.min(attempts.at(-1)?.horizon ?? most, most);
};

/**
 * The first attempt of a file without a plan of its own looks where the header says; all others after every block up to
 * their horizon, which is never more than `max_blocks` further on.
 */
export const comparisonAttempts = (
  isolation: string,
  { at }: Pick<Material, 'at'>,
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
