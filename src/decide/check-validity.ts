import { checkBimodal } from './check-bimodal.ts';
import { checkCoarse } from './check-coarse.ts';
import { checkDisturbed } from './check-disturbed.ts';
import { checkDrift } from './check-drift.ts';
import { checkOrder } from './check-order.ts';
import { checkStudent } from './check-student.ts';
import type { CheckInput, Finding } from './finding.ts';

const CHECKS = [checkOrder, checkDrift, checkDisturbed, checkCoarse, checkBimodal, checkStudent];

/**
 * What may be wrong with the blocks of one comparison, each with its consequence: limits that are widened, a verdict that
 * is held back, or a warning alone. No block is ever dropped.
 */
export const checkValidity = (input: CheckInput): Finding[] =>
  CHECKS.map((check) => check(input)).filter((finding) => finding !== null);
