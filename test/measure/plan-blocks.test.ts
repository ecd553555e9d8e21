import { expect, it } from 'vitest';
import { chooseStride } from '../../src/measure/choose-stride.ts';
import {
  type BlockPart,
  decisionMs,
  findUnfit,
  type PilotFindings,
  planBlocks,
} from '../../src/measure/plan-blocks.ts';

const cost = (fixedMs: number, messageMs: number) => ({ fixedMs, messageMs });
const part = (fixedMs: number, messageMs: number, blocks: number, isControl = false): BlockPart => ({
  ...{ isolation: isControl ? 'native' : `t${fixedMs}/${messageMs}`, isControl, blocks },
  cost: cost(fixedMs, messageMs),
});
/** A control, its twin and treatments, which all need so many blocks. */
const partsOf = (
  blocks: number,
  treatments: [number, number][],
  control: [number, number] = [100, 10],
): BlockPart[] => [
  part(...control, 0, true),
  part(...control, 0, true),
  ...treatments.map(([fixedMs, messageMs]) => part(fixedMs, messageMs, blocks)),
];
const MEASURE = { invocations: 30, warmup: 5, maxBlocks: 60 };
/** A control, its twin and two treatments of 100 ms and 10 ms a message. */
const FINDINGS: PilotFindings = {
  parts: partsOf(9, [
    [100, 10],
    [100, 10],
  ]),
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
  const parts = partsOf(9, [
    [100, 10],
    [10_000, 10],
  ]);
  // Full blocks take 11.7 s: five fit where nine are needed. Every fourth with it: 1350 + 10350 / 4.
  expect(plan({ parts, timeLeftMs: 60_000 })).toMatchObject({ slow: { index: 3, stride: 4 }, blocks: 20 });
  // With time for all, it takes part in all.
  expect(plan({ parts, timeLeftMs: 800_000 }).slow).toBeNull();
  // A control is in every block.
  expect(plan({ parts: partsOf(9, [[100, 10]], [10_000, 10]), timeLeftMs: 60_000 }).slow).toBeNull();
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

it('slow calls are few: as much as five messages of 250 ms says enough, and none is made that a decision can do without', () => {
  const slow = (ms: number, blocks = 6, timeLeftMs = 110_000) =>
    plan({ parts: partsOf(blocks, [[150 + ms, ms]], [150 + ms, ms]), timeLeftMs });
  // Six blocks of 3 × (650 + 8 × 500) take 84 s: the five warm-up messages that were asked for fit.
  expect(slow(500)).toMatchObject({ warmup: 5, invocations: 3 });
  // 3 × (1150 + 7 × 1000) would take 147 s, and 3 × (1150 + 3 × 1000) take 75 s.
  expect(slow(1000)).toMatchObject({ warmup: 1, invocations: 2 });
  // 3 × (3150 + 2 × 3000) would take 165 s: the first response has to do for a warm-up.
  expect(slow(3000)).toMatchObject({ warmup: 0, invocations: 1 });
  expect(slow(3000, 6, 170_000)).toMatchObject({ warmup: 1, invocations: 1 });
  // Fewer blocks leave more calls to each.
  expect(slow(1000, 4)).toMatchObject({ warmup: 5, invocations: 2 });
  // A warm-up that was seen is kept as far as it fits.
  expect(plan({ parts: partsOf(6, [[1150, 1000]], [1150, 1000]), timeLeftMs: 110_000, warmUp: 3 })).toMatchObject({
    warmup: 2,
    invocations: 2,
  });
});

it('where no isolation needs a block, the plan is that of any block', () => {
  expect(plan({ parts: partsOf(0, [[100, 10]]) })).toEqual({ warmup: 5, invocations: 30, slow: null, blocks: 60 });
});

it('the horizon lets the ranks decide, however soon a decision is expected', () => {
  expect(plan({ parts: partsOf(5, [[3150, 3000]], [3150, 3000]), timeLeftMs: 100_000, blocksNeeded: 11 }).blocks).toBe(
    11,
  );
});

it('an isolation that needs fewer blocks than the others takes its time only there', () => {
  const parts = [...partsOf(8, [[100, 10]]), part(1000, 100, 4)];
  // 8 × 3 × 110 and 4 × 1100.
  expect(decisionMs(parts, ({ cost: { fixedMs, messageMs } }) => fixedMs + messageMs)).toBe(7_040);
  // The control's own decision takes its blocks as well.
  expect(decisionMs([part(100, 10, 9, true)], ({ cost: { fixedMs } }) => fixedMs)).toBe(900);
});

it('isolations whose blocks do not fit are left out, the dearest first', () => {
  const named = (isolation: string, messageMs: number, blocks: number, isControl = false): BlockPart => ({
    ...{ isolation, isControl, blocks },
    cost: cost(100, messageMs),
  });
  const parts = [named('native', 1000, 0, true), named('native', 1000, 0, true), named('runc', 1000, 10)];
  const all = [...parts, named('gvisor', 9000, 10)];
  // 4 × 100 + 12000 = 12400 ms a block; without gvisor 3300 ms.
  expect(findUnfit(all, 124_000)).toEqual({});
  expect(findUnfit(all, 123_999)).toEqual({ gvisor: 124_000 });
  expect(findUnfit(all, 32_999)).toEqual({ gvisor: 124_000, runc: 33_000 });
  // Four blocks are expected to do for gvisor.
  const soon = [...parts, named('gvisor', 9000, 4)];
  expect(findUnfit(soon, 69_400)).toEqual({});
  expect(findUnfit(soon, 69_399)).toEqual({ gvisor: 69_400 });
  // What needs no more blocks takes no time.
  expect(findUnfit([named('native', 1000, 0, true), named('gvisor', 9000, 0)], 0)).toEqual({});
});
