import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { NotMeasurableError } from '../../src/model/errors.ts';
import type { BlockRecord, LookRecord } from '../../src/model/samples.ts';
import { openSamples } from '../../src/samples/samples-writer.ts';
import { emptySamples, instanceRecord } from '../support/samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-samples-'));
afterAll(() => rmSync(directory, { recursive: true }));

const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

it('has each record on disk when it resolves, and memory follows', async () => {
  const path = join(directory, 'new/samples.jsonl');
  const { header } = emptySamples();
  const writer = await openSamples(path, header);
  try {
    const written: unknown[] = [{ ...header, shard: { index: 1, count: 1 } }];
    expect(linesOf(path)).toEqual(written);
    const calibration = {
      type: 'calibration',
      function: 'f',
      repeat: 3,
      warmup: 1,
      invocations: 5,
      blocks: 60,
      empty_ms: {},
      control_ms: 4,
    } as const;
    const look: LookRecord = {
      type: 'look',
      function: 'f',
      n: 1,
      alphaSpent: { fail: 0, pass: 0 },
      dropped: [],
      hopeless: [],
    };
    const arms: BlockRecord['arms'] = [{ isolation: 'native', arm: 'control', revision: 'head' }];
    const block: BlockRecord = { type: 'block', function: 'f', block: 1, arms };
    const records = [
      calibration,
      instanceRecord(0, 'control', { latency_ms: 1.5 }),
      look,
      instanceRecord(0, 'treatment', { latency_ms: 2 }),
      block,
      { type: 'end', reason: 'decided' } as const,
    ];
    expect(writer.nextBlock('f')).toBe(0);
    for (const record of records) {
      await writer.write(record);
      written.push(record);
      expect(linesOf(path)).toEqual(written);
      expect(writer.samples().instances).toEqual(
        written.filter((one) => (one as { type: string }).type === 'instance'),
      );
    }
    expect(writer.samples().end).toEqual({ type: 'end', reason: 'decided' });
    expect(writer.samples().blocks).toEqual([block]);
    expect(writer.samples().plans).toEqual(new Map([['f', [{ horizon: 60, until: null, hopeless: [] }]]]));
    expect(writer.nextBlock('f')).toBe(2);
    expect(readFileSync(path, 'utf8').endsWith('"decided"}\n')).toBe(true);
  } finally {
    await writer.close();
  }
});

it('starts anew over the file of an earlier run', async () => {
  const path = join(directory, 'old.jsonl');
  writeFileSync(path, 'what an earlier run left\n'.repeat(1000));
  const { header } = emptySamples();
  await (await openSamples(path, header)).close();
  expect(linesOf(path)).toEqual([{ ...header, shard: { index: 1, count: 1 } }]);
});

it('takes a link away and leaves alone what it leads to', async () => {
  const victim = join(directory, 'victim');
  writeFileSync(victim, 'precious');
  for (const [name, target] of [
    ['linked.jsonl', victim],
    ['dangling.jsonl', join(directory, 'not-there')],
  ] as const) {
    const path = join(directory, name);
    symlinkSync(target, path);
    const { header } = emptySamples();
    await (await openSamples(path, header)).close();
    expect(lstatSync(path).isFile()).toBe(true);
    expect(linesOf(path)).toEqual([{ ...header, shard: { index: 1, count: 1 } }]);
  }
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(existsSync(join(directory, 'not-there'))).toBe(false);
});

it('says what is wrong where it cannot write', async () => {
  const file = join(directory, 'a-file');
  writeFileSync(file, '');
  const attempt = openSamples(join(file, 'samples.jsonl'), emptySamples().header);
  await expect(attempt).rejects.toThrow(NotMeasurableError);
  await expect(attempt).rejects.toThrow(/samples\.jsonl: cannot be written \((ENOTDIR|EEXIST)/);
  expect(existsSync(join(file, 'samples.jsonl'))).toBe(false);
});
