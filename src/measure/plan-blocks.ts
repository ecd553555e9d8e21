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

/** A part of a block, with what it costs. */
export interface BlockPart {
  isolation: string;
  isControl: boolean;
  cost: ArmCost;
}

/** With the fewest calls: one to warm up and one that counts. */
const FEWEST_CALLS = { warmup: 1, invocations: 1 };
const shortestMs = ({ cost }: BlockPart): number => instanceMs(cost, FEWEST_CALLS.warmup + FEWEST_CALLS.invocations);

/**
 * The isolations that have to be left out, the dearest first, so that `blocks` shortest blocks of the others fit into the
 * time that is left.
 * @returns by isolation: how long `blocks` shortest blocks would take with it, in milliseconds
 */
export const findUnfit = (parts: BlockPart[], blocks: number, timeLeftMs: number): Record<string, number> => {
  const unfitMs: Record<string, number> = {};
  let left = parts;
  for (;;) {
    const totalMs = blocks * sum(left.map(shortestMs));
    const treatments = left.filter(({ isControl }) => !isControl);
    const dearest = treatments.toSorted((a, b) => shortestMs(b) - shortestMs(a))[0];
    if (totalMs <= timeLeftMs || dearest === undefined) return unfitMs;
    unfitMs[dearest.isolation] = totalMs;
    left = left.filter((part) => part !== dearest);
  }
};

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
  /** How many events the function has. */
  events: number;
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

/** Whole rounds of the events where they fit: otherwise the mixture, and with it the median, would change from block to block. */
const roundToEvents = (
  invocations: number,
  events: number,
  { fewest, most }: { fewest: number; most: number },
): number => {
  const fewer = invocations - (invocations % events);
  const more = fewer + events;
  if (fewer === invocations || fewer === 0) return invocations;
  return fewer >= fewest || more > most ? fewer : more;
};

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

/** As many calls of each kind as fit, shared evenly, from one up to the usual number. */
const shrink = (usual: { warmup: number; invocations: number }, messages: number): typeof usual => {
  const invocations = within(Math.ceil(messages / 2), FEWEST_CALLS.invocations, usual.invocations);
  return {
    invocations,
    warmup: within(messages - invocations, Math.min(FEWEST_CALLS.warmup, usual.warmup), usual.warmup),
  };
};

/**
 * Plans the warm-up as it was found, the invocations by Kalibera and Jones, and then as many blocks as fit. Warm-up and
 * invocations are cut where otherwise fewer blocks would fit into the time than decisions need: the warm-up to
 * `measure.warmup` and the invocations to five, and where even so too few blocks would fit, to one of each.
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
  const usual = { warmup: measure.warmup, invocations: Math.min(FEWEST_INVOCATIONS, measure.invocations) };
  const isTight = needed * (fixedMs + (usual.warmup + usual.invocations) * messageMs) > timeLeftMs;
  const least = isTight ? shrink(usual, Math.floor((timeLeftMs / needed - fixedMs) / messageMs)) : usual;
  const fewest = least.invocations;
  const warmup = Math.max(least.warmup, Math.min(findings.warmUp, messagesThatFit - fewest));
  const best =
    components === null
      ? measure.invocations
      : chooseInvocations(components, { message: messageMs, block: fixedMs + warmup * messageMs }, measure.invocations);
  const affordable = within(Math.min(best, messagesThatFit - warmup), fewest, measure.invocations);
  const invocations = roundToEvents(affordable, findings.events, { fewest, most: measure.invocations });

  const blockMs = fixedMs + (warmup + invocations) * messageMs;
  const fitting = Math.ceil((ROOM * Math.max(0, timeLeftMs)) / blockMs);
  return {
    warmup,
    invocations,
    slow,
    blocks: blocksBefore + Math.min(measure.maxBlocks, Math.max(needed, fitting)),
  };
};
