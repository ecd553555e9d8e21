import { studentOutcome, studentT } from '../stats/student-t.ts';
import type { CheckInput, Finding } from './finding.ts';
import { showDistance } from './show-cost.ts';

/** Ranks and Student's t differ a little on any data: this many times the level is more than a little. */
const CONTRADICTION = 10;

/**
 * Does Student's t contradict the ranks? It does where it has another outcome at the same level and its p-value is over ten
 * times the level; with its estimate on the other side of the limit that is over 0.5. It is reported, and holds nothing back.
 */
export const checkStudent = (input: CheckInput): Finding | null => {
  const { outcome, limit, alpha } = input;
  if (outcome === 'open') return null;
  const values = input.pairs.map((pair) => pair.value);
  const student = studentT(values, alpha, limit);
  if (student === null || studentOutcome(student, limit) === outcome) return null;
  const p = outcome === 'fail' ? student.pAbove : student.pBelow;
  if (p <= CONTRADICTION * alpha) return null;
  return {
    code: 'student-disagrees',
    message: `ranks say ${outcome}, Student's t does not: mean ${showDistance(student.mean, input)} against the limit ${showDistance(limit, input)}, one-sided p ${Number(p.toPrecision(2))} at the level ${Number(alpha.toPrecision(2))}`,
    widening: 0,
    hold: null,
  };
};
