import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BlockRecord } from '../../src/model/samples.ts';
import { parseAs, parseInstance } from '../../src/samples/parse-record.ts';
import { readPlainInstance, rememberArms } from '../../src/samples/plain-records.ts';
import { blockSchema } from '../../src/samples/samples-schema.ts';

/** As a run writes it, with every key that it may have. */
const WHOLE = {
  type: 'instance',
  block: 3,
  position: 1,
  function: 'api',
  revision: 'head',
  isolation: 'runc',
  arm: 'treatment',
  status: 'handler-error',
  phase: 'invoke',
  error: 'no such file',
  phases_ms: { spawned: 1.5, created: 2, booted: null, ready: 30.25, first_response: 41 },
  metrics: { cold_start_ms: 41, latency_ms: 4.5, throughput_per_s: 220, memory_bytes: 31_457_280 },
  repeat: 2,
  warmup_ms: [5, 4.75],
  latency_ms: [4.5, 4.25],
  tail_ms: [4],
  emulated: false,
  evidence: { host: { pid: '7', memory_peak: 'kernel' }, guest: {}, contradictions: [] },
  host: { steal_share: 0, throttle_count: -1 },
  answers: { events: 2, sent: [0, 1, 0], digests: ['8f14e45f', 'c9f0f895'], given: [0, 1, 0], varied: 1 },
};

/** Values of every kind, at and beyond the edges of what is accepted. */
const VALUES = [
  ...[0, -0, -1, 0.5, 1, 2, 1e9, 1e9 + 1, 1e15, 1.1e15, -1e15, 1e-13, 1e300, true, false, null, '', 'head', 'ok'],
  ...['x'.repeat(200), 'x'.repeat(201), 'y'.repeat(64 * 1024), 'y'.repeat(64 * 1024 + 1), [], [1], ['a'], [[1]], {}],
  ...[{ a: 1 }, { a: 'b' }, JSON.parse('{"__proto__":1}'), { constructor: 1 }, { '': 1 }, Array(100_001).fill(0)],
  ...[{ throughput_per_s: 1e-13 }, { created: 'soon' }, { created: 1, other: 2 }, { events: 0, sent: [] }],
  ...[
    { events: 1, sent: [1] },
    { events: 1, sent: [0], given: [0, 0] },
    { events: 1, sent: [0], excerpts: [] },
  ],
  ...[{ host: {}, guest: {}, contradictions: [] }, { host: {}, guest: { a: 1 }, contradictions: [] }, { host: {} }],
];
const KEYS = Object.keys(WHOLE).filter((key) => key !== 'type');
const change = fc.tuple(
  fc.constantFrom(...KEYS, 'stderr', 'unknown', '__proto__'),
  fc.constantFrom(undefined, ...VALUES),
);

const bySchema = (data: object): unknown => {
  try {
    return parseInstance(data, 'file:1');
  } catch {
    return 'refused';
  }
};

/** What a file would hold: keys without a value are not written. */
const written = (changes: [string, unknown][]): Record<string, unknown> =>
  JSON.parse(JSON.stringify({ ...WHOLE, ...Object.fromEntries(changes) }).replaceAll('-0,', '0,'));

it('an instance as a run writes it is read without the schema', () => {
  expect(readPlainInstance(WHOLE)).toEqual(WHOLE);
  const { type, block, function: name, isolation, arm, status } = WHOLE;
  const least = { type, block, function: name, isolation, arm, status };
  expect(readPlainInstance(least)).toEqual(bySchema(least));
});

it('what is read without the schema is what the schema gives, and what the schema refuses never is', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
      const data = written(changes);
      const plain = readPlainInstance(data);
      if (plain !== null) expect(plain).toEqual(bySchema(data));
    }),
    { numRuns: 3000 },
  );
});

it('each single change of a value too', () => {
  let plainly = 0;
  for (const key of KEYS)
    for (const value of [undefined, ...VALUES]) {
      const data = written([[key, value]]);
      const plain = readPlainInstance(data);
      if (plain === null) continue;
      plainly += 1;
      expect([key, value, plain]).toEqual([key, value, bySchema(data)]);
    }
  expect(plainly).toBeGreaterThan(KEYS.length);
});

const ARMS = [
  { isolation: 'native', arm: 'control', revision: 'head' },
  { isolation: 'runc', arm: 'treatment', revision: 'head' },
] as const;
const block = (changes: object = {}) => ({ type: 'block', function: 'api', block: 0, arms: ARMS, ...changes });

it('blocks with a list of arms that is known share it, and all others go to the schema', () => {
  const { read, add } = rememberArms();
  expect(read(block())).toBeNull();
  const first: BlockRecord = parseAs(blockSchema, block(), 'file:1');
  add(first);
  const next = read(JSON.parse(JSON.stringify(block({ block: 1 }))));
  expect(next).toEqual(parseAs(blockSchema, block({ block: 1 }), 'file:1'));
  expect(next?.arms).toBe(first.arms);
  expect(read(block({ orientation: true }))).toEqual(parseAs(blockSchema, block({ orientation: true }), 'file:1'));
  const [control, treatment] = ARMS;
  for (const arms of [[control], [treatment, control], [control, { ...treatment, revision: 'base' }], null, [1, 2]])
    expect(read(block({ arms }))).toBeNull();
  for (const changes of [
    { block: -1 },
    { function: '' },
    { orientation: false },
    { other: 1 },
    { arms: [control, { ...treatment, revision: null }] },
  ])
    expect(read(block(changes))).toBeNull();
  // The revision is the head where it is not said.
  expect(read(block({ arms: [control, { isolation: 'runc', arm: 'treatment' }] }))?.arms).toBe(first.arms);
});
