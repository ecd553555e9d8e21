/** Pure: what the pilot's costs and variances make of the blocks to come. */

import type { MeasureConfig } from '../model/config.ts';
import { type ArmCost, instanceMs } from './arm-cost.ts';
import { chooseInvocations } from './choose-invocations.ts';
import { chooseStride } from './choose-stride.ts';
import type { VarianceComponents } from './variance-components.ts';

/** A median of fewer says little, and `cpu` is counted in ticks. */
export const FEWEST_INVOCATIONS = 5;
/** Blocks that must fit, in first decisions: one falls seldom at the very first chance. */
const FIRST_DECISIONS = 1.5;
/** Arms that are decided leave room for more blocks than the pilot sees; looks that never come cost little. */
const ROOM = 1.25;

export interface PilotFindings {
  /** Of each arm of a block: the control first, its twin second if there is one. */
  costs: ArmCost[];
  controls: number;
  /** Longest over the arms; 0 where none was seen. */
  warmUp: number;
  components: VarianceComponents | null;
  timeLeftMs: number;
  /** Before a first decision can fall, those of earlier attempts among them. */
  blocksNeeded: number;
  blocksBefore: number;
  measure: Pick<MeasureConfig, 'invocations' | 'warmup' | 'maxBlocks'>;
}

export interface BlocksPlan {
  warmup: number;
  invocations: number;
  /** Index in `costs` of the arm that takes part in every `stride`-th block only. */
  slow: { index: number; stride: number } | null;
  /** The horizon of CalibrationRecord: those of earlier attempts, and at most `maxBlocks` more. */
  blocks: number;
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most));

const findSlow = ({ costs, controls, measure, ...rest }: PilotFindings, needed: number): BlocksPlan['slow'] => {
  const ms = costs.map((cost) => instanceMs(cost, measure.warmup + measure.invocations));
  const slowMs = Math.max(...ms);
  const index = ms.indexOf(slowMs);
  if (index < controls) return null;
  const stride = chooseStride({
    slowMs,
    othersMs: sum(ms) - slowMs,
    controlsMs: sum(ms.slice(0, controls)),
    timeMs: rest.timeLeftMs,
    blocksNeeded: needed,
    blocksLeft: measure.maxBlocks,
  });
  return stride > 1 ? { index, stride } : null;
};

/**
 * Warm-up as found, then invocations by Kalibera and Jones, both cut where otherwise fewer blocks would fit into the time
 * than decisions need (warm-up never below `measure.warmup`); then how many blocks fit.
 */
export const planBlocks = (findings: PilotFindings): BlocksPlan => {
  const { costs, components, measure, timeLeftMs, blocksNeeded, blocksBefore } = findings;
  const needed = Math.max(1, blocksNeeded - blocksBefore);
  const slow = findSlow(findings, needed);
  const weightOf = (index: number): number => (index === slow?.index ? 1 / slow.stride : 1);
  const fixedMs = sum(costs.map((cost, index) => weightOf(index) * cost.fixedMs));
  const messageMs = sum(costs.map((cost, index) => weightOf(index) * cost.messageMs));

  const wanted = Math.min(Math.ceil(FIRST_DECISIONS * needed), measure.maxBlocks);
  const messagesThatFit = Math.floor((timeLeftMs / wanted - fixedMs) / messageMs);
  const fewest = Math.min(FEWEST_INVOCATIONS, measure.invocations);
  const warmup = Math.max(measure.warmup, Math.min(findings.warmUp, messagesThatFit - fewest));
  const best =
    components === null
      ? measure.invocations
      : chooseInvocations(components, { message: messageMs, block: fixedMs + warmup * messageMs }, measure.invocations);
  const invocations = within(Math.min(best, messagesThatFit - warmup), fewest, measure.invocations);

  const blockMs = fixedMs + (warmup + invocations) * messageMs;
  const fitting = Math.ceil((ROOM * Math.max(0, timeLeftMs)) / blockMs);
  return {
    warmup,
    invocations,
    slow,
    blocks: blocksBefore + Math.min(measure.maxBlocks, Math.max(needed, fitting)),
  };
};
