import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSealKey, readSealKey, type SealKey } from '../../src/host/seal-key.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';
import { readEarlier, readSamples } from '../../src/samples/read-samples.ts';
import { openSamples } from '../../src/samples/samples-writer.ts';
import { checkSeal, splitSeal } from '../../src/samples/seal.ts';
import { emptySamples, instanceRecord } from '../support/samples.ts';

const root = mkdtempSync(join(tmpdir(), 'isogate-seal-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (): string => mkdtempSync(join(root, 'one-'));
const newKey = (): Promise<SealKey> => openSealKey(join(fresh(), 'key'));

/** A run of three instances that ended. */
async function sealedFile(key: SealKey | null): Promise<string> {
  const path = join(fresh(), 'samples.jsonl');
  const writer = await openSamples(path, emptySamples().header, null, key);
  for (const block of [0, 1, 2]) await writer.write(instanceRecord(block, 'control', { latency_ms: 1.5 }));
  await writer.write({ type: 'end', reason: 'decided' });
  await writer.close();
  return path;
}

/** The same file with its lines changed. */
async function changed(path: string, change: (lines: string[]) => string[]): Promise<string> {
  const copy = join(fresh(), 'samples.jsonl');
  writeFileSync(copy, `${change(readFileSync(path, 'utf8').trimEnd().split('\n')).join('\n')}\n`);
  return copy;
}

describe('the key', () => {
  it('is made once, for its owner alone, and stays the same', async () => {
    const directory = join(fresh(), 'a/key');
    const [first, second] = await Promise.all([openSealKey(directory), openSealKey(directory)]);
    expect(second).toEqual(first);
    expect(first.secret).toHaveLength(32);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['key']);
    expect(await readSealKey(directory)).toEqual(first);
  });

  it('is not taken where others could have read or made it', async () => {
    const directory = join(fresh(), 'key');
    await openSealKey(directory);
    chmodSync(join(directory, 'key'), 0o644);
    await expect(openSealKey(directory)).rejects.toThrow(/key: not a key that only root can read; accepted: 64 hex/);
    chmodSync(directory, 0o755);
    await expect(openSealKey(directory)).rejects.toThrow(NotMeasurableError);
  });

  it('is none where there is none', async () => {
    expect(await readSealKey(join(root, 'nothing'))).toBe(null);
  });
});

describe('a sealed file', () => {
  it('is whole, and reads as one without seals', async () => {
    const key = await newKey();
    const path = await sealedFile(key);
    expect(await checkSeal(path, key)).toEqual({ state: 'sealed' });
    const { header, ...samples } = await readSamples(path);
    const { header: plain, ...unsealed } = await readSamples(await sealedFile(null));
    expect(samples).toEqual(unsealed);
    expect(header).toEqual({ ...plain, sealedBy: key.id });
    const { lines, seal } = await readEarlier(path, key);
    expect(seal).toEqual({ state: 'sealed' });
    expect(lines.at(-1)).toBe('{"type":"end","reason":"decided"}');
  });

  it.each<[string, (lines: string[]) => string[], object]>([
    [
      'a changed number',
      (lines) => lines.map((line) => line.replace('"latency_ms":1.5', '"latency_ms":1.4')),
      { state: 'broken', line: 2 },
    ],
    [
      'a changed header',
      ([header = '', ...rest]) => [header.replace('"seed":', '"seed":1'), ...rest],
      { state: 'broken', line: 1 },
    ],
    ['a line less in the middle', (lines) => lines.toSpliced(2, 1), { state: 'broken', line: 3 }],
    [
      'two lines in another order',
      ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest],
      { state: 'broken', line: 2 },
    ],
    ['a line more', (lines) => [...lines, '{"type":"end","reason":"decided"}'], { state: 'broken', line: 6 }],
    ['a line twice', (lines) => [...lines, lines.at(-1) ?? ''], { state: 'broken', line: 6 }],
    ['an unsealed line', (lines) => lines.with(3, splitSeal(lines[3] ?? '').text), { state: 'broken', line: 4 }],
    ['two lines less at the end', (lines) => lines.slice(0, -2), { state: 'cut' }],
    ['no line but the header', (lines) => lines.slice(0, 1), { state: 'cut' }],
    [
      'no seals',
      (lines) => lines.map((line) => splitSeal(line).text.replace(/"sealedBy":"\w+",/, '')),
      { state: 'unsealed' },
    ],
    [
      'a key that is not there',
      (lines) => lines.map((line) => line.replace(/("sealedBy":")\w+/, '$10')),
      { state: 'unknown-key' },
    ],
  ])('with %s is not what the run left', async (_name, change, expected) => {
    const key = await newKey();
    expect(await checkSeal(await changed(await sealedFile(key), change), key)).toEqual(expected);
  });

  it('of another machine cannot be checked; nor by a user who may not read the key', async () => {
    const path = await sealedFile(await newKey());
    expect(await checkSeal(path, await newKey())).toEqual({ state: 'unknown-key' });
    expect(await checkSeal(path, null)).toEqual({ state: 'unknown-key' });
    expect(await checkSeal(await sealedFile(null), await newKey())).toEqual({ state: 'unsealed' });
  });

  it('of a run that was killed in a write is whole, whether its last line is torn or missing', async () => {
    const key = await newKey();
    const path = await sealedFile(key);
    expect(await checkSeal(await changed(path, (lines) => lines.slice(0, -1)), key)).toEqual({ state: 'sealed' });
    const torn = await changed(path, (lines) => lines.slice(0, -1));
    appendFileSync(torn, '{"type":"end","rea');
    expect(await checkSeal(torn, key)).toEqual({ state: 'sealed' });
    expect((await readEarlier(torn, key)).seal).toEqual({ state: 'sealed' });
  });

  it('of a machine with the same key is whole, as far as the file goes', async () => {
    const key = await newKey();
    const path = await sealedFile(key);
    rmSync(join(key.directory, 'tips'), { recursive: true });
    expect(await checkSeal(path, key)).toEqual({ state: 'sealed' });
  });

  it('that is carried on is sealed anew', async () => {
    const key = await newKey();
    const first = await sealedFile(key);
    const earlier = await readEarlier(first, key);
    const path = join(fresh(), 'samples.jsonl');
    const writer = await openSamples(path, { ...earlier.samples.header, attempt: 2 }, earlier, key);
    await writer.write(instanceRecord(3, 'control', { latency_ms: 1.5 }));
    await writer.close();
    expect(await checkSeal(path, key)).toEqual({ state: 'sealed' });
    expect((await readSamples(path)).instances).toHaveLength(4);
  });
});
