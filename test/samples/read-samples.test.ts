import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSamples } from '../../src/samples/read-samples.ts';
import { block, calibration, end, header, instance, lines, look, planned } from '../support/samples-lines.ts';

const dir = mkdtempSync(join(tmpdir(), 'isogate-samples-'));
const file = join(dir, 's.jsonl');
afterAll(() => rmSync(dir, { recursive: true }));

const read = (text: string) => {
  writeFileSync(file, text);
  return readSamples(file);
};

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

  test('host values of no sense are left out, the instance stays', async () => {
    const samples = await read(lines(header, instance(0, 'control', { host: { steal_share: 1e300 } })));
    expect(samples.instances[0]).not.toHaveProperty('host');
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

  test('an attempt that was killed leaves blocks that a further one does not count', async () => {
    const samples = await read(
      lines(
        ...[header, calibration(30), planned(0, 'native', 'runc'), ...block(0), planned(1, 'native', 'runc')],
        ...[instance(1, 'control'), end('interrupted'), calibration(2), planned(2, 'native', 'runc'), ...block(2)],
      ),
    );
    expect(samples.plans?.get('f')?.map(({ horizon }) => horizon)).toEqual([30, 2]);
  });

  test('files that say nothing of it have none', async () => {
    const samples = await read(
      lines(header, { type: 'calibration', function: 'f' }, { type: 'look', function: 'f' }, ...block(0), end('cap')),
    );
    expect(samples).not.toHaveProperty('blocks');
    expect(samples).not.toHaveProperty('plans');
  });
});
