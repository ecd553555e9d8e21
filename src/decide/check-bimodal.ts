import { formatAmount, formatShare } from '../lib/format.ts';
import type { Modes } from '../model/verdict.ts';
import { splitModes } from '../stats/split-modes.ts';
import { estimateCentre, studentBounds } from '../stats/student.ts';
import type { CheckInput, Finding } from './finding.ts';

const showModes = ({ arm, low, high, highShare, unit }: Modes): string =>
  `${arm} jumps between ${formatAmount(low, unit)} and ${formatAmount(high, unit)} (${formatShare(highShare)} of instances)`;

/**
 * Do the instances of an arm have two modes? Ranks follow the more frequent one, but users get the mixture. So a fail or pass
 * must hold for the mean difference as well, by Student's t at the same level; otherwise it is held back.
 */
export const checkBimodal = (input: CheckInput): Finding | null => {
  const { pairs, unit, outcome } = input;
  const modes = [
    { arm: input.control, costs: pairs.map((pair) => pair.control) },
    { arm: input.arm, costs: pairs.map((pair) => pair.treatment) },
  ].flatMap(({ arm, costs }): Modes[] => {
    const split = splitModes(costs);
    return split === null ? [] : [{ arm, ...split, unit }];
  });
  if (modes.length === 0) return null;
  const holds = outcome === 'open' || meanProves(outcome, input);
  const message = modes.map(showModes).join(', ');
  return {
    code: 'bimodal',
    message,
    widening: 0,
    hold: holds ? null : `${message}, and the mean difference does not prove the ${outcome} that ranks prove`,
    modes,
  };
};

/** Whether the mean difference is on that side of the limit as well, by Student's t at the level of the comparison. */
const meanProves = (outcome: 'fail' | 'pass', { pairs, limit, alpha }: CheckInput): boolean => {
  if (pairs.length < 2) return false;
  const centre = estimateCentre(
    pairs.map((pair) => pair.value),
    1,
  );
  const { lower, upper } = studentBounds(centre, { lower: alpha, upper: alpha });
  return outcome === 'fail' ? lower > limit : upper < limit;
};
