import { expect, test } from 'vitest';
import type { ArmRole, Revision } from '../../src/model/samples.ts';
import { groupBlocks } from '../../src/samples/group-blocks.ts';
import { pairRevisions } from '../../src/samples/pair-revisions.ts';
import { instanceRecord } from '../support/samples.ts';

const at = (block: number, revision: Revision, arm: ArmRole, latencyMs: number) => ({
  ...instanceRecord(block, arm, { latency_ms: latencyMs }),
  revision,
});

const RECORDS = [
  at(0, 'head', 'control', 10),
  at(0, 'head', 'twin', 10.1),
  at(0, 'head', 'treatment', 30),
  at(0, 'base', 'control', 20),
  at(0, 'base', 'treatment', 40),
  at(1, 'head', 'control', 10),
  at(1, 'head', 'treatment', 30),
  at(2, 'head', 'control', 12),
  { ...at(2, 'head', 'treatment', 30), status: 'crashed' as const },
  at(2, 'base', 'control', 10),
  at(2, 'base', 'treatment', 40),
];

test('a block keeps the arms of each revision apart', () => {
  const blocks = groupBlocks(RECORDS).get('f') ?? [];
  expect(blocks.map(({ index, base }) => [index, base !== null])).toEqual([
    [0, true],
    [1, false],
    [2, true],
  ]);
  expect(blocks[0]?.control?.metrics).toEqual({ latency_ms: 10 });
  expect(blocks[0]?.base?.control?.metrics).toEqual({ latency_ms: 20 });
  expect(blocks[0]?.base?.treatments.get('runc')?.metrics).toEqual({ latency_ms: 40 });
  expect(blocks[0]?.base?.aaControl).toBeNull();
});

test('growth of the overhead and of the control, of blocks that hold what each needs', () => {
  const series = pairRevisions(groupBlocks(RECORDS).get('f') ?? [], 'runc', 'latency', 'ratio');
  // (30 ÷ 10) ÷ (40 ÷ 20) = 1.5; (30 − 10) − (40 − 20) = 0.
  expect(series.growth).toEqual({ ratio: [expect.closeTo(Math.log(1.5), 12)], difference: [0] });
  // 10 ÷ 20 and 12 ÷ 10: the control's growth needs no treatment.
  expect(series.control).toEqual({
    ratio: [expect.closeTo(Math.log(0.5), 12), expect.closeTo(Math.log(1.2), 12)],
    difference: [-10, 2],
  });
  expect(series.head.arm).toEqual({ started: 2, failed: 1, firstFailure: 'crashed' });
  expect(series.base.arm).toEqual({ started: 2, failed: 0, firstFailure: null });
  expect(series.head.control.started).toBe(2);
});

test('with the control’s own name there is only the control’s growth', () => {
  const series = pairRevisions(groupBlocks(RECORDS).get('f') ?? [], 'native', 'latency');
  expect(series.growth).toEqual({ ratio: [], difference: [] });
  expect(series.control.difference).toEqual([-10, 2]);
});

test('a cost of zero has a difference and no ratio', () => {
  const blocks = groupBlocks([
    at(0, 'head', 'control', 0),
    at(0, 'head', 'treatment', 3),
    at(0, 'base', 'control', 1),
    at(0, 'base', 'treatment', 2),
  ]).get('f');
  const { growth, control, head } = pairRevisions(blocks ?? [], 'runc', 'latency', 'ratio');
  expect([growth, control]).toEqual([
    { ratio: [], difference: [2] },
    { ratio: [], difference: [-1] },
  ]);
  expect(head.control.failed).toBe(1);
});
