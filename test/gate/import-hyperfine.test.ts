/** Files that a real hyperfine 1.15 wrote (fixtures/hyperfine), and files that only look like them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportOptions, importHyperfine } from '../../src/gate/import-hyperfine.ts';
import { replay } from '../../src/gate/replay.ts';
import { BadInputError } from '../../src/model/errors.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/hyperfine/${name}.json`, import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-hyperfine-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const options = (over: Partial<ImportOptions> = {}): ImportOptions => ({
  control: { isolation: 'native', file: fixture('native') },
  treatments: [{ isolation: 'runc', file: fixture('runc') }],
  ...{ function: 'tool', gate: 'cli', isPaired: true, output: join(directory, 'samples.jsonl') },
  ...over,
});
const written = (name: string, content: unknown): string => {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

it('pairs become blocks of cold starts, which a configuration decides on', async () => {
  expect(await importHyperfine(options())).toBe(20);
  const lines = readFileSync(options().output, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const times = (name: string) => JSON.parse(readFileSync(fixture(name), 'utf8')).results[0].times;
  expect(lines).toHaveLength(1 + 40 + 1);
  expect(lines.slice(1, 3)).toEqual([
    {
      ...{ type: 'instance', block: 0, function: 'tool', isolation: 'native', arm: 'control', status: 'ok' },
      metrics: { cold_start_ms: times('native')[0] * 1000 },
    },
    {
      ...{ type: 'instance', block: 0, function: 'tool', isolation: 'runc', arm: 'treatment', status: 'ok' },
      metrics: { cold_start_ms: times('runc')[0] * 1000 },
    },
  ]);
  const config = written(
    'isogate.yml',
    'name: cli\nfunctions: { tool: { command: [x] } }\nisolations: { native: {}, runc: {} }\nbudgets: { runc: { cold_start: +1ms } }\nmeasure: { max_blocks: 20 }\n',
  );
  const printed: string[] = [];
  const code = await replay([options().output], { config, json: true, print: (line) => printed.push(line) });
  // 4 ms more by construction: sleep 0.014 against sleep 0.010.
  expect(code).toBe(1);
  const [comparison] = JSON.parse(printed[0] ?? '').comparisons;
  expect(comparison).toMatchObject({ metric: 'cold_start', verdict: 'fail' });
  expect(comparison.estimate).toBeGreaterThan(3);
  expect(comparison.estimate).toBeLessThan(6);
});

it('runs that failed stand as failed', async () => {
  const failing = { isolation: 'runc', file: fixture('failing') };
  const control = {
    isolation: 'native',
    file: written('three.json', { results: [{ command: 'x', times: [1, 1, 1] }] }),
  };
  await importHyperfine(options({ control, treatments: [failing] }));
  const lines = readFileSync(options().output, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"runc"') && line.includes('instance'));
  expect(lines.map((line) => JSON.parse(line)).map(({ status, error }) => [status, error])).toEqual(
    Array(3).fill(['crashed', 'exit code 1']),
  );
});

describe('refused', () => {
  it.each([
    [{ isPaired: false }, '--paired is missing: hyperfine runs one command after the other'],
    [{ treatments: [{ isolation: 'runc', file: fixture('failing') }] }, '3 runs, and'],
    [
      { treatments: [{ isolation: 'chroot', file: fixture('runc') }] },
      'chroot: no isolation; accepted: native, bubblewrap',
    ],
    [{ treatments: [{ isolation: 'native', file: fixture('runc') }] }, 'native: given twice'],
    [{ treatments: [{ isolation: 'runc', file: '/nonexistent' }] }, '/nonexistent: no such file'],
    [{ treatments: [{ isolation: 'runc', file: tmpdir() }] }, 'not a regular file'],
  ] as [Partial<ImportOptions>, string][])('%j', async (over, message) => {
    await expect(importHyperfine(options(over))).rejects.toThrow(BadInputError);
    await expect(importHyperfine(options(over))).rejects.toThrow(message);
  });

  it.each([
    ['no JSON', '{"results":', 'is no JSON'],
    ['another document', {}, 'results: '],
    [
      'two commands',
      {
        results: [
          { command: 'a', times: [1] },
          { command: 'b', times: [1] },
        ],
      },
      'holds 2 commands',
    ],
    ['no times', { results: [{ command: 'a', mean: 1 }] }, 'results.0.times: missing'],
    ['times that are none', { results: [{ command: 'a', times: ['1'] }] }, 'results.0.times.0: '],
    ['endless times', { results: [{ command: 'a', times: [1e300] }] }, 'results.0.times.0: '],
    [
      'codes of other runs',
      { results: [{ command: 'a', times: [1], exit_codes: [0, 0] }] },
      '1 times and 2 exit codes',
    ],
  ])('%s', async (name, content, message) => {
    const treatments = [{ isolation: 'runc', file: written(`${name}.json`, content) }];
    await expect(importHyperfine(options({ treatments }))).rejects.toThrow(message);
  });
});
