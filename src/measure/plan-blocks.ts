/** What the pilot's costs and variances say of the blocks to come. */

import { sum } from 'simple-statistics';
import type { MeasureConfig } from '../model/config.ts';
import { chooseStride } from './choose-stride.ts';
import { type ArmCost, instanceMs, LONGEST_MESSAGE_MS } from './plan-pilot.ts';
import { chooseInvocations, type VarianceComponents } from './variance-components.ts';

/** The median of fewer invocations says little, and `cpu` is counted in ticks of 10 ms. */
export const FEWEST_INVOCATIONS = 5;
/** Of slow calls fewer do: so much measured time says as much as the fewest invocations of the longest repeated message. */
const ENOUGH_MS = FEWEST_INVOCATIONS * LONGEST_MESSAGE_MS;
/** What is known of slow calls where no series of them could be afforded: instances differ as much as calls do. */
const EVEN: VarianceComponents = { within: 1, between: 1 };
/** So many times the blocks of a first decision must fit, because a decision seldom falls at the first chance. */
const FIRST_DECISIONS = 1.5;
/** More blocks are planned than fit: arms that are decided make room, and planned looks that never come cost little. */
const ROOM = 1.25;

/** A part of a block, with what it costs. */
export interface BlockPart {
  isolation: string;
  isControl: boolean;
  cost: ArmCost;
  /** How many blocks it is still needed in until a decision can be expected; of a control, for its own decision. */
  blocks: number;
}

/** With the fewest calls, the first response does for a warm-up. */
const FEWEST_CALLS = { warmup: 0, invocations: 1 };
export const shortestMs = ({ cost }: BlockPart): number =>
  instanceMs(cost, FEWEST_CALLS.warmup + FEWEST_CALLS.invocations);

/** After how many blocks all of it can be expected to be decided. */
export const mostBlocks = (parts: BlockPart[]): number => Math.max(0, ...parts.map(({ blocks }) => blocks));

/** In how many blocks each part takes part: controls in all. */
const countBlocks = (parts: BlockPart[]): number[] => {
  const most = mostBlocks(parts);
  return parts.map(({ isControl, blocks }) => (isControl ? most : blocks));
};

/** How long it takes until a decision can be expected, with instances of that length. */
export const decisionMs = (parts: BlockPart[], lengthMs: (part: BlockPart) => number): number => {
  const counts = countBlocks(parts);
  return sum(parts.map((part, index) => (counts[index] ?? 0) * lengthMs(part)));
};

/**
 * The isolations that have to be left out, the dearest first, so that the expected blocks of the others fit into the time that
 * is left even if they are the shortest.
 * @returns by isolation: how long those blocks would take with it, in milliseconds
 */
export const findUnfit = (parts: BlockPart[], timeLeftMs: number): Record<string, number> => {
  const unfitMs: Record<string, number> = {};
  let left = parts;
  for (;;) {
    const totalMs = decisionMs(left, shortestMs);
    const treatments = left.filter(({ isControl, blocks }) => !isControl && blocks > 0);
    const dearest = treatments.toSorted((a, b) => b.blocks * shortestMs(b) - a.blocks * shortestMs(a))[0];
    if (totalMs <= timeLeftMs || dearest === undefined) return unfitMs;
    unfitMs[dearest.isolation] = totalMs;
    left = left.filter((part) => part !== dearest);
  }
};

export interface PilotFindings {
  /** The control first, then the A/A control if there is one. */
  parts: BlockPart[];
  /** The longest over the arms; 0 where none was seen. */
  warmUp: number;
  components: VarianceComponents | null;
  timeLeftMs: number;
  /** Before the ranks can decide, including blocks of earlier attempts. */
  blocksNeeded: number;
  blocksBefore: number;
  /** How many events the function has. */
  events: number;
  measure: Pick<MeasureConfig, 'invocations' | 'warmup' | 'maxBlocks'>;
}

export interface BlocksPlan {
  warmup: number;
  invocations: number;
  /** Index in `parts` of the arm that takes part in every `stride`-th block only. */
  slow: { index: number; stride: number } | null;
  /** The horizon of `CalibrationRecord`: the blocks of earlier attempts, and at most `maxBlocks` more. */
  blocks: number;
}

type Calls = Pick<BlocksPlan, 'warmup' | 'invocations'>;

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

const findSlow = ({ parts, measure, ...rest }: PilotFindings, needed: number): BlocksPlan['slow'] => {
  const ms = parts.map(({ cost }) => instanceMs(cost, measure.warmup + measure.invocations));
  const slowMs = Math.max(...ms);
  const index = ms.indexOf(slowMs);
  if (parts[index]?.isControl !== false) return null;
  const stride = chooseStride({
    slowMs,
    othersMs: sum(ms) - slowMs,
    controlsMs: sum(ms.filter((_, part) => parts[part]?.isControl)),
    timeMs: rest.timeLeftMs,
    blocksNeeded: needed,
    blocksLeft: measure.maxBlocks,
  });
  return stride > 1 ? { index, stride } : null;
};

/**
 * The fewest calls of an instance. Where even these are too many for the blocks of a first decision, they are cut further:
 * of short calls as many of each kind as fit, shared evenly; of slow ones to the warm-up that was seen, then to one of each,
 * and at last to a single one behind the first response.
 * @param fit messages that fit into a block where the blocks of a first decision fill the time
 */
const chooseFewest = (usual: Calls, warmUp: number, isSlow: boolean, fit: number): Calls => {
  if (usual.warmup + usual.invocations <= fit) return usual;
  const least = { warmup: Math.min(1, usual.warmup), invocations: 1 };
  if (fit < least.warmup + least.invocations) return isSlow ? FEWEST_CALLS : least;
  const invocations = within(Math.ceil(fit / 2), least.invocations, usual.invocations);
  const warmup = isSlow ? within(warmUp, least.warmup, usual.warmup) : usual.warmup;
  return { invocations, warmup: within(fit - invocations, least.warmup, warmup) };
};

/**
 * Plans the warm-up as it was found, the invocations by Kalibera and Jones, and then as many blocks as fit. Warm-up and
 * invocations are cut where otherwise fewer blocks would fit into the time than a decision is expected to need.
 */
export const planBlocks = (findings: PilotFindings): BlocksPlan => {
  const { parts, components, measure, timeLeftMs, blocksNeeded, blocksBefore } = findings;
  const counts = countBlocks(parts);
  const needed = Math.max(1, ...counts);
  const slow = findSlow(findings, needed);
  /** Of an average block until everything is decided. */
  const average = (of: (cost: ArmCost) => number, weights: number[]): number =>
    sum(parts.map(({ cost }, index) => ((weights[index] ?? 1) * of(cost)) / (index === slow?.index ? slow.stride : 1)));
  // Where no more blocks are needed, as in a further attempt, each part is in every block that comes all the same.
  const shares = counts.some((count) => count > 0) ? counts.map((count) => count / needed) : [];
  const fixedMs = average((cost) => cost.fixedMs, shares);
  const messageMs = average((cost) => cost.messageMs, shares);
  const isSlow = Math.max(...parts.map(({ cost }) => cost.messageMs)) >= LONGEST_MESSAGE_MS;

  const wanted = Math.min(Math.ceil(FIRST_DECISIONS * needed), measure.maxBlocks);
  const messagesThatFit = Math.floor((timeLeftMs / wanted - fixedMs) / messageMs);
  const enough = isSlow
    ? Math.ceil((ENOUGH_MS * parts.length) / sum(parts.map(({ cost }) => cost.messageMs)))
    : Infinity;
  const usual = { warmup: measure.warmup, invocations: Math.min(FEWEST_INVOCATIONS, enough, measure.invocations) };
  const fit = Math.floor((timeLeftMs / needed - fixedMs) / messageMs);
  const least = chooseFewest(usual, findings.warmUp, isSlow, fit);
  const fewest = least.invocations;
  const warmup = Math.max(least.warmup, Math.min(findings.warmUp, messagesThatFit - fewest));
  const known = components ?? (isSlow ? EVEN : null);
  const best =
    known === null
      ? measure.invocations
      : chooseInvocations(known, { message: messageMs, block: fixedMs + warmup * messageMs }, measure.invocations);
  const affordable = within(Math.min(best, messagesThatFit - warmup), fewest, measure.invocations);
  const invocations = roundToEvents(affordable, findings.events, { fewest, most: measure.invocations });

  const blockMs = average((cost) => instanceMs(cost, warmup + invocations), []);
  const fitting = Math.ceil((ROOM * Math.max(0, timeLeftMs)) / blockMs);
  return {
    warmup,
    invocations,
    slow,
    blocks: blocksBefore + Math.min(measure.maxBlocks, Math.max(1, blocksNeeded - blocksBefore, fitting)),
  };
};
