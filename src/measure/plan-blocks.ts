/** What the pilot's costs and variances say of the blocks to come. */

import { sum } from 'simple-statistics';
import type { MeasureConfig } from '../model/config.ts';
import { chooseStride } from './choose-stride.ts';
import { type ArmCost, instanceMs } from './plan-pilot.ts';
import { chooseInvocations, type VarianceComponents } from './variance-components.ts';

/** The median of fewer invocations says little, and `cpu` is counted in ticks of 10 ms. */
export const FEWEST_INVOCATIONS = 5;
/** So many times the blocks of a first decision must fit, because a decision seldom falls at the first chance. */
const FIRST_DECISIONS = 1.5;
/** More blocks are planned than fit: arms that are decided make room, and planned looks that never come cost little. */
const ROOM = 1.25;

export interface PilotFindings {
  /** Of each arm of a block: the control first, then the A/A control if there is one. */
  costs: ArmCost[];
  controls: number;
  /** The longest over the arms; 0 where none was seen. */
  warmUp: number;
  components: VarianceComponents | null;
  timeLeftMs: number;
  /** Before a first decision can fall, including blocks of earlier attempts. */
  blocksNeeded: number;
  blocksBefore: number;
  measure: Pick<MeasureConfig, 'invocations' | 'warmup' | 'maxBlocks'>;
}

export interface BlocksPlan {
  warmup: number;
  invocations: number;
  /** Index in `costs` of the arm that takes part in every `stride`-th block only. */
  slow: { index: number; stride: number } | null;
  /** The horizon of `CalibrationRecord`: the blocks of earlier attempts, and at most `maxBlocks` more. */
  blocks: number;
}

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
 * Plans the warm-up as it was found, the invocations by Kalibera and Jones, and then as many blocks as fit. Warm-up and
 * invocations are cut where otherwise fewer blocks would fit into the time than decisions need, but the warm-up never below
 * `measure.warmup`.
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
