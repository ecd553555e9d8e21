import { formatAmount, formatShare } from '../lib/format.ts';
import type { Modes } from '../model/verdict.ts';
import { splitModes } from '../stats/split-modes.ts';
import { studentOutcome, studentT } from '../stats/student-t.ts';
import type { CheckInput, Finding } from './finding.ts';

const showModes = ({ arm, low, high, highShare, unit }: Modes): string =>
  `${arm} jumps between ${formatAmount(low, unit)} and ${formatAmount(high, unit)} (${formatShare(highShare)} of instances)`;

/**
 * Do instances of an arm come in two modes? Ranks follow the common one, and users get the mixture: a fail or pass must
 * then hold for the mean difference as well, by Student's t at the same level, or it is held back. Both modes are reported.
 */
export const checkBimodal = (input: CheckInput): Finding | null => {
  const { pairs, unit, limit, outcome, alpha } = input;
  const modes = [
    { arm: input.control, costs: pairs.map((pair) => pair.control) },
    { arm: input.arm, costs: pairs.map((pair) => pair.treatment) },
  ].flatMap(({ arm, costs }): Modes[] => {
    const split = splitModes(costs);
    return split === null ? [] : [{ arm, ...split, unit }];
  });
  if (modes.length === 0) return null;
  const student = studentT(
    pairs.map((pair) => pair.value),
    alpha,
    limit,
  );
  const holds = outcome === 'open' || (student !== null && studentOutcome(student, limit) === outcome);
  const message = modes.map(showModes).join(', ');
  return {
    code: 'bimodal',
    message,
    widening: 0,
    hold: holds ? null : `${message}, and the mean difference does not prove the ${outcome} that ranks see`,
    modes,
  };
};
