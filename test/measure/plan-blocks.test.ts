import { expect, it } from 'vitest';
import { chooseStride } from '../../src/measure/choose-stride.ts';
import { findUnfit, type PilotFindings, planBlocks } from '../../src/measure/plan-blocks.ts';

const cost = (fixedMs: number, messageMs: number) => ({ fixedMs, messageMs });
const MEASURE = { invocations: 30, warmup: 5, maxBlocks: 60 };
/** A control, its twin and two treatments of 100 ms and 10 ms a message. */
const FINDINGS: PilotFindings = {
  costs: [cost(100, 10), cost(100, 10), cost(100, 10), cost(100, 10)],
  controls: 2,
  warmUp: 0,
  components: null,
  timeLeftMs: 120_000,
  blocksNeeded: 9,
  blocksBefore: 0,
  events: 1,
  measure: MEASURE,
};
const plan = (changes: Partial<PilotFindings> = {}) => planBlocks({ ...FINDINGS, ...changes });

it('without findings it is as the configuration says', () => {
  // A block takes 4 × (100 + 35 × 10) = 1800 ms: 66 fit, and a quarter more.
  expect(plan()).toEqual({ warmup: 5, invocations: 30, slow: null, blocks: 60 });
});

it('warm-up is what was found, and at least what was asked for', () => {
  expect(plan({ warmUp: 3 }).warmup).toBe(5);
  expect(plan({ warmUp: 12 }).warmup).toBe(12);
});

it('invocations follow the variances', () => {
  // c₂/c₁ = (4 × 100 + 5 × 40) / 40 = 15; sqrt(15 × 4) = 7.7
  expect(plan({ components: { within: 4, between: 1 } }).invocations).toBe(8);
  expect(plan({ components: { within: 1, between: 10 } }).invocations).toBe(5);
  expect(plan({ components: { within: 1, between: 0 } }).invocations).toBe(30);
  expect(plan({ components: { within: 1, between: 10 }, measure: { ...MEASURE, invocations: 3 } }).invocations).toBe(3);
});

it('both are cut where too few blocks would fit, and to one of each before blocks are lost', () => {
  // 14 blocks of 1428 ms: (1428 − 400) / 40 = 25 messages.
  expect(plan({ timeLeftMs: 20_000 })).toMatchObject({ warmup: 5, invocations: 20 });
  expect(plan({ timeLeftMs: 20_000, warmUp: 30 })).toMatchObject({ warmup: 20, invocations: 5 });
  // Nine blocks of 555 ms: 3 messages.
  expect(plan({ timeLeftMs: 5_000, warmUp: 30 })).toMatchObject({ warmup: 1, invocations: 2 });
  expect(plan({ timeLeftMs: 1_000, warmUp: 30 })).toMatchObject({ warmup: 1, invocations: 1 });
});

it('the horizon is what fits with room, between what a decision needs and max_blocks', () => {
  // 22.2 of 1800 ms, and a quarter more.
  expect(plan({ timeLeftMs: 40_000 }).blocks).toBe(28);
  expect(plan({ timeLeftMs: 40_000, blocksBefore: 10 }).blocks).toBe(38);
  expect(plan({ timeLeftMs: 40_000, blocksBefore: 40 }).blocks).toBe(68);
  expect(plan({ blocksBefore: 40 }).blocks).toBe(100);
  expect(plan({ timeLeftMs: 0 }).blocks).toBe(9);
});

it('one long start does not starve the rest', () => {
  const costs = [cost(100, 10), cost(100, 10), cost(100, 10), cost(10_000, 10)];
  // Full blocks take 11.7 s: five fit where nine are needed. Every fourth with it: 1350 + 10350 / 4.
  expect(plan({ costs, timeLeftMs: 60_000 })).toMatchObject({ slow: { index: 3, stride: 4 }, blocks: 20 });
  // With time for all, it takes part in all.
  expect(plan({ costs, timeLeftMs: 800_000 }).slow).toBeNull();
  // A control is in every block.
  expect(plan({ costs: costs.toReversed(), timeLeftMs: 60_000 }).slow).toBeNull();
});

it.each([
  ['not longer than the others together', { slowMs: 10, othersMs: 10, timeMs: 100 }, 1],
  // 9 × 20 + 5 × 30 leaves 150: 3 more blocks of 40, and 5 + 3 are too few; full blocks are enough for it.
  ['it would lose its decision', { slowMs: 30, othersMs: 20, timeMs: 480 }, 1],
  ['a few of its blocks can wait', { slowMs: 30, othersMs: 20, timeMs: 560 }, 2],
  ['it can be decided neither way', { slowMs: 90, othersMs: 20, timeMs: 400 }, 4],
] as const)('stride: %s', (_, costs, stride) => {
  expect(chooseStride({ controlsMs: 10, blocksNeeded: 9, blocksLeft: 60, ...costs })).toBe(stride);
});

it('invocations are whole rounds of the events where these are fewer, so that each block has the same mixture', () => {
  const of = (events: number, most = 30) =>
    plan({ events, components: { within: 4, between: 1 }, measure: { ...MEASURE, invocations: most } }).invocations;
  // Eight, by the variances.
  expect([1, 2, 4, 8].map((events) => of(events))).toEqual([8, 8, 8, 8]);
  expect([3, 5, 7].map((events) => of(events))).toEqual([6, 5, 7]);
  // More events than invocations: each block has others.
  expect(of(1000)).toBe(8);
  // Fewer than five only where more than configured would be needed.
  expect(of(3, 5)).toBe(3);
  expect(of(4, 7)).toBe(4);
});

it('isolations whose fewest blocks do not fit are left out, the dearest first', () => {
  const part = (isolation: string, messageMs: number, isControl = false) => ({
    isolation,
    isControl,
    cost: cost(100, messageMs),
  });
  const parts = [part('native', 1000, true), part('native', 1000, true), part('runc', 1000), part('gvisor', 9000)];
  // 4 × 100 + 2 × 12000 = 24400 ms a block; without gvisor 6300 ms.
  expect(findUnfit(parts, 10, 244_000)).toEqual({});
  expect(findUnfit(parts, 10, 243_999)).toEqual({ gvisor: 244_000 });
  expect(findUnfit(parts, 10, 62_999)).toEqual({ gvisor: 244_000, runc: 63_000 });
});
