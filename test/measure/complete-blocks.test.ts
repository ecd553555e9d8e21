import { expect, test } from 'vitest';
import { completeBlocks } from '../../src/measure/complete-blocks.ts';
import type { InstanceRecord } from '../../src/types.ts';
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
