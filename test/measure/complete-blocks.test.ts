import { expect, test } from 'vitest';
import { completeBlocks } from '../../src/measure/complete-blocks.ts';
import type { BlockRecord, InstanceRecord } from '../../src/types.ts';
import { instance } from '../support/decide-samples.ts';

const numbers = (records: InstanceRecord[]) => [...new Set(records.map(({ block }) => block))];
const arm = (isolation: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) =>
    instance(from + n, isolation === 'native' ? 'control' : 'treatment', { latency_ms: 1 }, { isolation }),
  );

test('a second time leaves out nothing more, so that a replay has the blocks of its run', () => {
  // gvisor ends one block before runc, which was cut off in the last block.
  const records = [...arm('native', 0, 5), ...arm('runc', 0, 4), ...arm('gvisor', 0, 3)];
  const once = completeBlocks(records);
  expect(numbers(once.instances)).toEqual([0, 1, 2, 3]);
  expect(once.incomplete).toBe(2);
  expect(completeBlocks(once.instances)).toMatchObject({ instances: once.instances, incomplete: 0 });
});

test('counted by function', () => {
  const g = arm('native', 0, 1).map((record) => ({ ...record, function: 'g' }));
  const records = [...arm('native', 0, 3), ...arm('runc', 0, 1), ...arm('runc', 3, 3), ...g];
  expect(completeBlocks(records).incompleteByFunction).toEqual(
    new Map([
      ['f', 1],
      ['g', 0],
    ]),
  );
});

test('one instance marked as emulated does not make the gaps of its arm invisible', () => {
  const runc = [...arm('runc', 0, 1), ...arm('runc', 3, 4)].map((r) => (r.block === 0 ? { ...r, emulated: true } : r));
  expect(completeBlocks([...arm('native', 0, 4), ...runc]).incomplete).toBe(1);
});

const planned = (block: number, ...isolations: string[]): BlockRecord => ({
  type: 'block',
  function: 'f',
  block,
  arms: isolations.map((isolation) => ({
    isolation,
    arm: isolation === 'native' ? 'control' : 'treatment',
    revision: 'head',
  })),
});

test('where records say what a block was to hold, gaps are no gaps, and what is missing is', () => {
  const records = [...arm('native', 0, 5), ...arm('runc', 0, 0), ...arm('runc', 2, 2), ...arm('gvisor', 0, 4)];
  const plans = [
    planned(0, 'native', 'runc', 'gvisor'),
    planned(1, 'native', 'gvisor'),
    planned(2, 'native', 'runc', 'gvisor'),
    planned(3, 'native', 'gvisor'),
    // Cut off.
    planned(4, 'native', 'runc', 'gvisor'),
    // The control for its own sake.
    planned(5, 'native'),
    // Written, and then nothing.
    planned(6, 'native', 'runc'),
  ];
  const once = completeBlocks(records, plans);
  expect(numbers(once.instances)).toEqual([0, 1, 2, 3, 5]);
  expect(once.incomplete).toBe(1);
  expect(completeBlocks(once.instances, plans)).toMatchObject({ instances: once.instances, incomplete: 0 });
});

test('a failed instance is there; a block without a control is of no use', () => {
  const failed = arm('runc', 0, 0).map((record) => ({ ...record, status: 'crashed' as const }));
  const records = [...arm('native', 0, 0), ...failed, ...arm('runc', 1, 1)];
  expect(numbers(completeBlocks(records, [planned(0, 'native', 'runc'), planned(1, 'runc')]).instances)).toEqual([0]);
});

test('blocks of an earlier attempt without records are judged by their neighbours alone', () => {
  const records = [...arm('native', 0, 4), ...arm('runc', 0, 0), ...arm('runc', 2, 2)];
  const plans = [planned(3, 'native'), planned(4, 'native')];
  expect(numbers(completeBlocks(records, plans).instances)).toEqual([0, 2, 3, 4]);
});
