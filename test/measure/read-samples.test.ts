import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseBaselineRecord } from '../../src/baseline/record-schema.ts';
import { readSamples } from '../../src/measure/read-samples.ts';

const dir = mkdtempSync(join(tmpdir(), 'isogate-samples-'));
const file = join(dir, 's.jsonl');
afterAll(() => rmSync(dir, { recursive: true }));

const read = (text: string) => {
  writeFileSync(file, text);
  return readSamples(file, parseBaselineRecord);
};
const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

const header = { type: 'header', schema: 'isogate.samples/1', config: {} };
const instance = (block: number, arm: 'control' | 'treatment', more: object = {}) => ({
  type: 'instance',
  block,
  function: 'f',
  isolation: arm === 'control' ? 'native' : 'runc',
  arm,
  status: 'ok',
  ...more,
});
const block = (n: number) => [instance(n, 'control'), instance(n, 'treatment')];

describe('tolerance', () => {
  test('a foreign file needs little more than arms and numbers', async () => {
    const samples = await read(lines(header, instance(0, 'control', { metrics: { latency_ms: 5 } })));
    expect(samples.header).toMatchObject({ gate: 'isogate', attempt: 1, looks: { schedule: [], alphaFail: 0.01 } });
    expect(samples.instances).toEqual([
      {
        ...instance(0, 'control'),
        position: 0,
        revision: 'head',
        phases_ms: { created: null, booted: null, ready: null, first_response: null },
        metrics: { latency_ms: 5 },
        repeat: 1,
        warmup_ms: [],
        latency_ms: [],
      },
    ]);
    expect(samples.end).toBeNull();
  });

  test('evidence of another shape is left out, the instance stays', async () => {
    const samples = await read(lines(header, instance(0, 'control', { evidence: { anything: 1 } })));
    expect(samples.instances[0]).not.toHaveProperty('evidence');
  });

  test('a torn last line, unknown types and a cut-off block are left out and counted', async () => {
    const whole = lines(header, ...block(0), { type: 'note' }, ...block(1), instance(2, 'control'));
    const samples = await read(`${whole}{"type":"instance","blo`);
    expect(samples.ignored).toEqual({
      tornLines: 1,
      unknownLines: 1,
      incompleteBlocks: 1,
      incompleteByFunction: new Map([['f', 1]]),
    });
    expect(samples.instances.map((r) => `${r.block} ${r.arm}`)).toEqual([
      '0 control',
      '0 treatment',
      '1 control',
      '1 treatment',
    ]);
  });

  test('a gap in the middle and a block without control are incomplete; a failed instance is not missing', async () => {
    const failed = instance(2, 'treatment', { status: 'crashed', error: 'boom' });
    const samples = await read(
      lines(
        header,
        ...block(0),
        instance(1, 'control'),
        instance(2, 'control'),
        failed,
        instance(3, 'treatment'),
        ...block(4),
      ),
    );
    expect(samples.ignored.incompleteBlocks).toBe(2);
    expect([...new Set(samples.instances.map((r) => r.block))]).toEqual([0, 2, 4]);
  });

  test('an arm that ends for good was dropped, an emulated one is expected nowhere', async () => {
    const dropped = lines(header, ...block(0), ...block(1), ...[2, 3, 4].map((n) => instance(n, 'control')));
    // Without a treatment the last blocks are of no use, but they are not torn either: block 2 follows a drop.
    expect((await read(dropped)).ignored.incompleteBlocks).toBe(0);
    const emulated = lines(
      header,
      ...[0, 1].flatMap((n) => [...block(n), instance(n, 'treatment', { isolation: 'vm', emulated: true })]),
      ...block(2),
    );
    expect((await read(emulated)).ignored.incompleteBlocks).toBe(0);
  });

  test('an error longer than anyone reads is cut; the run that recorded it stays readable', async () => {
    const samples = await read(
      lines(header, instance(0, 'control', { status: 'handler-error', error: `${'x'.repeat(2 ** 20)}` })),
    );
    expect(samples.instances[0]?.error).toBe('x'.repeat(65536));
  });

  test('keys that would reach a prototype do nothing', async () => {
    const text = lines(header, instance(0, 'control')).replace(
      '"status"',
      '"metrics":{"__proto__":1,"cpu_ms":2},"status"',
    );
    const samples = await read(text);
    expect(Object.keys(samples.instances[0]?.metrics ?? {})).toEqual(['cpu_ms']);
  });
});

const planned = (n: number, ...isolations: string[]) => ({
  type: 'block',
  function: 'f',
  block: n,
  arms: isolations.map((isolation) => ({
    isolation,
    arm: isolation === 'native' ? 'control' : 'treatment',
    revision: 'head',
  })),
});
const calibration = (blocks: number) => ({ type: 'calibration', function: 'f', blocks, repeat: 3 });
const look = (...hopeless: string[]) => ({ type: 'look', function: 'f', n: 1, dropped: hopeless, hopeless });
const end = (reason: string) => ({ type: 'end', reason });

describe('what the run planned', () => {
  test('blocks, horizons and what was given up, of each attempt', async () => {
    const samples = await read(
      lines(
        ...[header, calibration(30), planned(0, 'native', 'runc'), ...block(0)],
        ...[planned(1, 'native'), instance(1, 'control'), look('runc'), end('undecidable')],
        ...[calibration(40), planned(2, 'native', 'runc'), ...block(2), end('time')],
      ),
    );
    expect(samples.blocks).toEqual([planned(0, 'native', 'runc'), planned(1, 'native'), planned(2, 'native', 'runc')]);
    expect(samples.plans).toEqual(
      new Map([
        [
          'f',
          [
            { horizon: 30, until: 2, hopeless: ['runc'] },
            { horizon: 40, until: null, hopeless: [] },
          ],
        ],
      ]),
    );
    expect(samples.end).toEqual({ type: 'end', reason: 'time' });
    expect(samples.ignored.incompleteBlocks).toBe(0);
    expect(samples.instances).toHaveLength(5);
  });

  test('an attempt that was killed has no end, whatever an earlier one had', async () => {
    const samples = await read(
      lines(header, ...block(0), end('time'), planned(1, 'native', 'runc'), instance(1, 'control')),
    );
    expect(samples.end).toBeNull();
    expect(samples.ignored.incompleteBlocks).toBe(1);
  });

  test('files that say nothing of it have none', async () => {
    const samples = await read(
      lines(header, { type: 'calibration', function: 'f' }, { type: 'look', function: 'f' }, ...block(0), end('cap')),
    );
    expect(samples).not.toHaveProperty('blocks');
    expect(samples).not.toHaveProperty('plans');
  });
});

describe('refusals name file, line, key, value and what is accepted', () => {
  test.each<[string, string, string]>([
    ['no header', lines(instance(0, 'control')), ':1: type: "instance": accepted: a header as the first line'],
    ['nothing', '', ': no header; accepted: a samples file (isogate.samples/1)'],
    ['two headers', lines(header, header), ':2: type: "header": accepted: only one header'],
    [
      'another schema',
      lines({ ...header, schema: 'isogate.samples/9' }),
      ':1: schema: "isogate.samples/9": accepted: "isogate.samples/1"',
    ],
    ['no config', lines({ type: 'header', schema: 'isogate.samples/1' }), ':1: config: undefined: accepted: "config"'],
    [
      'looks out of order',
      lines({ ...header, looks: { schedule: [9, 7] } }),
      ':1: looks.schedule: [9,7]: accepted: ascending numbers of blocks',
    ],
    ['no alpha at all', lines({ ...header, looks: { alphaFail: 0.9 } }), ':1: looks.alphaFail: 0.9: accepted: <=0.5'],
    ['a bad baseline', lines({ ...header, baseline: [{}] }), ':1: baseline[0]: schema: undefined is not'],
    ['an unknown status', lines(header, instance(0, 'control', { status: 'fine' })), ':2: status: "fine": accepted: ('],
    [
      'a negative number',
      lines(header, instance(0, 'control', { metrics: { cpu_ms: -1 } })),
      ':2: metrics.cpu_ms: -1: accepted: >=0',
    ],
    [
      'an infinite number',
      lines(header, instance(0, 'control')).replace('"status"', '"latency_ms":[1e999],"status"'),
      ':2: latency_ms.0: null: accepted: ',
    ],
    [
      'the same arm twice',
      lines(header, ...block(0), instance(0, 'treatment')),
      ':4: block: 0: f/runc (treatment, head) stands in line 3 already; accepted: one instance of an arm a block',
    ],
    [
      'an instance that its block was not to hold',
      lines(header, planned(0, 'native'), ...block(0)),
      ":4: block: 0: f/runc (treatment, head) is not in its block's record; accepted: the arms that are",
    ],
    [
      'two records of a block',
      lines(header, planned(0, 'native'), planned(0, 'native', 'runc')),
      ':3: block: 0: f has its record already; accepted: one a block',
    ],
    ['a block of no arms', lines(header, planned(0)), ':2: arms: []: accepted: >=1'],
    [
      'a further attempt that goes back',
      lines(header, ...block(0), ...block(1), end('time'), instance(0, 'control', { revision: 'base' })),
      ':7: block: 0: after an "end": accepted: 2 or more, the blocks of a further attempt',
    ],
    [
      'a horizon chosen afterwards',
      lines(header, ...block(0), calibration(30)),
      ':4: blocks: 30: accepted: before the first block of its attempt',
    ],
    ['a horizon of nothing', lines(header, calibration(0)), ':2: blocks: 0: accepted: >=1'],
    ['broken JSON in the middle', `${lines(header)}{"a\n${lines(instance(0, 'control'))}`, ':2: "{\\"a": not JSON'],
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(`${file}${message}`);
  });

  test('a file that is not there, and a directory', async () => {
    await expect(readSamples(join(dir, 'none'), parseBaselineRecord)).rejects.toThrow('cannot be read (ENOENT');
    await expect(readSamples(dir, parseBaselineRecord)).rejects.toThrow('not a regular file');
  });

  test('a line without end', async () => {
    writeFileSync(file, Buffer.alloc(33 * 2 ** 20, 'x'));
    await expect(readSamples(file, parseBaselineRecord)).rejects.toThrow(`${file}:1: a line of over 33554432 bytes`);
  });
});
