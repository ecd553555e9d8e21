import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlockRecord, InstanceRecord } from '../../src/model/samples.ts';
import { completeBlocks } from '../../src/samples/complete-blocks.ts';
import { instance } from '../support/decide-samples.ts';

const ISOLATIONS = new Set(['native', 'runc', 'gvisor']);
const numbers = (records: InstanceRecord[]) => [...new Set(records.map(({ block }) => block))];
const arm = (isolation: string, from: number, to: number, revision: 'head' | 'base' = 'head') =>
  Array.from({ length: to - from + 1 }, (_, n) =>
    instance(from + n, isolation === 'native' ? 'control' : 'treatment', { latency_ms: 1 }, { isolation, revision }),
  );

test('a second time leaves out nothing more, so that a replay has the blocks of its run', () => {
  // gvisor ends one block before runc, which was cut off in the last block.
  const records = [...arm('native', 0, 5), ...arm('runc', 0, 4), ...arm('gvisor', 0, 3)];
  const once = completeBlocks(records, ISOLATIONS);
  expect(numbers(once.instances)).toEqual([0, 1, 2, 3]);
  expect(once.incomplete).toBe(2);
  expect(completeBlocks(once.instances, ISOLATIONS)).toMatchObject({ instances: once.instances, incomplete: 0 });
});

test('counted by function', () => {
  const g = arm('native', 0, 1).map((record) => ({ ...record, function: 'g' }));
  const records = [...arm('native', 0, 3), ...arm('runc', 0, 1), ...arm('runc', 3, 3), ...g];
  expect(completeBlocks(records, ISOLATIONS).incompleteByFunction).toEqual(
    new Map([
      ['f', 1],
      ['g', 0],
    ]),
  );
});

test('one instance marked as emulated does not make the gaps of its arm invisible', () => {
  const runc = [...arm('runc', 0, 1), ...arm('runc', 3, 4)].map((r) => (r.block === 0 ? { ...r, emulated: true } : r));
  expect(completeBlocks([...arm('native', 0, 4), ...runc], ISOLATIONS).incomplete).toBe(1);
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
  const once = completeBlocks(records, ISOLATIONS, plans);
  expect(numbers(once.instances)).toEqual([0, 1, 2, 3, 5]);
  expect(once.incomplete).toBe(1);
  expect(completeBlocks(once.instances, ISOLATIONS, plans)).toMatchObject({ instances: once.instances, incomplete: 0 });
});

test('a failed instance is there; a block without a control is of no use', () => {
  const failed = arm('runc', 0, 0).map((record) => ({ ...record, status: 'crashed' as const }));
  const records = [...arm('native', 0, 0), ...failed, ...arm('runc', 1, 1)];
  expect(
    numbers(completeBlocks(records, ISOLATIONS, [planned(0, 'native', 'runc'), planned(1, 'runc')]).instances),
  ).toEqual([0]);
});

test('blocks of an earlier attempt without records are judged by their neighbours alone', () => {
  const records = [...arm('native', 0, 4), ...arm('runc', 0, 0), ...arm('runc', 2, 2)];
  const plans = [planned(3, 'native'), planned(4, 'native')];
  expect(numbers(completeBlocks(records, ISOLATIONS, plans).instances)).toEqual([0, 2, 3, 4]);
});

test('an isolation that is not configured is expected nowhere, whether instances or a record name it', () => {
  const honest = [...arm('native', 0, 59), ...arm('runc', 0, 59)];
  const unknown = [...arm('zzz', 0, 0), ...arm('zzz', 59, 59)];
  expect(completeBlocks([...honest, ...unknown], ISOLATIONS).incomplete).toBe(0);
  expect(completeBlocks(honest, ISOLATIONS, [planned(7, 'native', 'runc', 'zzz')]).incomplete).toBe(0);
  const configured = [...arm('gvisor', 0, 0), ...arm('gvisor', 59, 59)];
  expect(completeBlocks([...honest, ...configured], ISOLATIONS).incomplete).toBe(58);
});

test("the base's control stands for none of the head's, and is expected only where the base ran", () => {
  const honest = [...arm('native', 0, 59), ...arm('runc', 0, 59)];
  const base = [...arm('native', 0, 0, 'base'), ...arm('native', 59, 59, 'base')];
  expect(completeBlocks([...honest, ...base], ISOLATIONS).incomplete).toBe(0);
  const headless = [...arm('native', 0, 1), ...arm('native', 3, 3), ...arm('native', 0, 3, 'base')];
  expect(numbers(completeBlocks(headless, ISOLATIONS).instances)).toEqual([0, 1, 3]);
  expect(numbers(completeBlocks(arm('native', 0, 0, 'base'), ISOLATIONS, [planned(0)]).instances)).toEqual([]);
});

test('where the base ran, a gap in one of its arms is one; nor is its last block whole without them', () => {
  const head = [...arm('native', 0, 4), ...arm('runc', 0, 4)];
  const base = [...arm('native', 0, 4, 'base'), ...arm('runc', 0, 1, 'base'), ...arm('runc', 3, 3, 'base')];
  expect(numbers(completeBlocks([...head, ...base], ISOLATIONS).instances)).toEqual([0, 1, 3]);
});

const armName = ({ isolation, arm: role }: InstanceRecord) => `${isolation} ${role}`;

/** The definition, pass after pass over everything that is left. */
const byDefinition = (records: InstanceRecord[]): InstanceRecord[] => {
  const expected = new Set(records.filter((r) => r.status === 'ok' && r.emulated !== true).map(armName));
  const order = numbers(records).sort((a, b) => a - b);
  const blocksOf = (name: string) => records.filter((r) => armName(r) === name).map(({ block }) => block);
  const isMissing = (name: string, block: number): boolean => {
    const own = blocksOf(name);
    const [first, last] = [Math.min(...own), Math.max(...own)];
    if (own.includes(block)) return false;
    return (block > first && block < last) || (block === order.at(-1) && last === order.at(-2));
  };
  const hasControl = (block: number) => records.some((r) => r.block === block && r.arm === 'control');
  const kept = order.filter((block) => hasControl(block) && ![...expected].some((name) => isMissing(name, block)));
  const left = records.filter(({ block }) => kept.includes(block));
  return left.length === records.length ? left : byDefinition(left);
};

test('keeps what its definition keeps, whatever is missing, failed or emulated', () => {
  const arms = [
    { isolation: 'native', arm: 'control' },
    { isolation: 'native', arm: 'twin' },
    { isolation: 'runc', arm: 'treatment' },
    { isolation: 'gvisor', arm: 'treatment' },
  ] as const;
  const kinds = [{}, {}, {}, {}, {}, null, { status: 'crashed' }, { emulated: true }] as const;
  const block = fc.tuple(...arms.map(() => fc.constantFrom(...kinds)));
  // Often an arm ends one block before another, so that blocks go one after another from the end.
  const lasts = fc.tuple(...arms.map(() => fc.integer({ min: 0, max: 14 })));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), lasts, (rows, ends) => {
      const records = rows.flatMap((row, n) =>
        row.flatMap((kind, index) => {
          const own = arms[index];
          if (kind === null || own === undefined || n > (ends[index] ?? 0)) return [];
          return [instance(2 * n, own.arm, {}, { ...own, ...kind })];
        }),
      );
      expect(completeBlocks(records, ISOLATIONS).instances).toEqual(byDefinition(records));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test('arms that end one block after another take all blocks but the first, from thousands as from few', () => {
  const count = 20_000;
  const own = Array.from({ length: count }, (_, n) => arm(`x${n}`, n, n));
  const isolations = new Set(['native', ...own.flat().map(({ isolation }) => isolation)]);
  const { instances, incomplete } = completeBlocks([...arm('native', 0, count - 1), ...own.flat()], isolations);
  expect([numbers(instances), incomplete]).toEqual([[0], count - 1]);
});
