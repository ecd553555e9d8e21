import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import { replay } from '../../src/gate/replay.ts';
import { openSealKey } from '../../src/host/seal-key.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { openSealer } from '../../src/samples/seal.ts';
import { blocks, configOf, samplesOf } from '../support/decide-samples.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/samples');
const dir = mkdtempSync(join(tmpdir(), 'isogate-replay-'));
afterAll(() => rmSync(dir, { recursive: true }));

const fixture = (name: string) => join(FIXTURES, `${name}.jsonl`);
const run = async (files: string[], config?: string) => {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const code = await replay(files, { json: true, print, ...(config === undefined ? {} : { config }) });
  return { code, documents: lines.map((line) => JSON.parse(line) as VerdictDocument), lines };
};

test('the committed samples are what their generator writes', async () => {
  await execa(process.execPath, [join(FIXTURES, 'generate.mjs'), dir]);
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.jsonl'));
  expect(names).toHaveLength(10);
  for (const name of names)
    expect(readFileSync(join(dir, name), 'utf8')).toBe(readFileSync(join(FIXTURES, name), 'utf8'));
});

describe('known verdicts', () => {
  test.each<[string, number, string, string[]]>([
    ['pass', 0, 'pass', []],
    ['fail', 1, 'fail', []],
    ['inconclusive', 0, 'inconclusive', []],
    ['handler-missing', 3, 'not-measured', ['failed-instances']],
    ['one-crash', 3, 'not-measured', ['failed-instances']],
    ['regression-fail', 1, 'fail', ['between-runs-assumed', 'no-baseline']],
    ['regression-other-kernel', 3, 'not-measured', ['fingerprint-differs', 'no-baseline']],
    ['twin-shift', 0, 'inconclusive', ['twin-shift']],
    ['torn', 0, 'pass', ['torn-lines', 'incomplete-blocks']],
    ['foreign', 1, 'fail', ['unknown-lines']],
  ])('%s: exit code %i, %s, warnings %j', async (name, code, verdict, codes) => {
    const result = await run([fixture(name)]);
    expect(result.code).toBe(code);
    expect(result.documents.map((document) => document.verdict)).toEqual([verdict]);
    expect([...new Set(result.documents[0]?.warnings.map((warning) => warning.code))]).toEqual(codes);
  });
});

test('many files: one verdict a line in the order given, the exit code of the worst, the same every time', async () => {
  const names = ['pass', 'inconclusive', 'fail', 'pass', 'handler-missing'];
  const first = await run(names.map(fixture));
  expect(first.documents.map((d) => d.verdict)).toEqual(['pass', 'inconclusive', 'fail', 'pass', 'not-measured']);
  expect(first.code).toBe(1);
  expect((await run(names.map(fixture))).lines).toEqual(first.lines);
  expect((await run([fixture('pass'), fixture('handler-missing')])).code).toBe(3);
});

test('a hundred files in one call: a verdict each, in the order given, and the same bytes a second time', async () => {
  const files = Array.from({ length: 100 }, (_, n) => {
    const file = join(dir, `many-${n}.jsonl`);
    const samples = samplesOf(blocks(9 + (n % 3), { factor: n % 2 === 0 ? 1.3 : 1.01, seed: n + 1 }), {
      gate: `gate-${n}`,
      config: { isolations: { native: {}, runc: {} }, budgets: { runc: { latency: '+10%' } } },
    });
    writeFileSync(file, [samples.header, ...samples.instances].map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  });
  const { documents, lines, code } = await run(files);
  expect(documents.map(({ gate }) => gate)).toEqual(files.map((_, n) => `gate-${n}`));
  expect(documents.map(({ verdict }) => verdict)).toEqual(files.map((_, n) => (n % 2 === 0 ? 'fail' : 'pass')));
  expect(code).toBe(1);
  expect((await run(files)).lines.join('\n')).toBe(lines.join('\n'));
});

test('one file after the other: what comes before one that is none has been printed', async () => {
  const lines: string[] = [];
  const files = [fixture('pass'), fixture('fail'), join(dir, 'none.jsonl'), fixture('pass')];
  await expect(replay(files, { json: true, print: (line) => lines.push(line) })).rejects.toThrow('none.jsonl');
  expect(lines.map((line) => JSON.parse(line).verdict)).toEqual(['pass', 'fail']);
});

const ROOT = join(import.meta.dirname, '../..');
/** It takes 4 s on a quiet machine, and on a busy one more than a test has. */
const LONG_MS = 300_000;
const PAIRS = join(ROOT, 'fixtures/datasets/paired-faas.json');

test(
  'foreign data: real pairs, converted by the script of the bench, get no wrong verdict',
  async () => {
    const pairs = join(dir, 'pairs');
    await execa(process.execPath, [join(ROOT, 'bench/run.mjs'), 'convert-pairs', PAIRS, pairs], { cwd: ROOT });
    const logs = JSON.parse(readFileSync(PAIRS, 'utf8')) as { name: string; injectedPercent: 0 | 5 }[];
    const truth = new Map(logs.map(({ name, injectedPercent }) => [name, injectedPercent]));
    const files = readdirSync(pairs).sort();
    const { documents } = await run(files.map((file) => join(pairs, file)));
    expect(documents).toHaveLength(logs.length);
    const of = (percent: number, verdict: string) =>
      documents.filter((one) => truth.get(one.gate) === percent && one.verdict === verdict).length;
    // Measured: of 18 each 14 passed and 13 failed against +2.5 %; the others are inconclusive.
    expect([of(0, 'fail'), of(5, 'pass')]).toEqual([0, 0]);
    expect(of(0, 'pass') + of(5, 'fail')).toBeGreaterThanOrEqual(20);
    expect(documents.filter(({ verdict }) => verdict === 'not-measured')).toEqual([]);
  },
  LONG_MS,
);

test('--config replaces budgets and looks: what passed +10 % fails +0.1 %, and asks for inconclusive to fail', async () => {
  const config = join(dir, 'isogate.yml');
  const common = 'functions: {}\nisolations: { native: {}, runc: {}, gvisor: {} }\n';
  writeFileSync(config, `${common}budgets: { runc: { latency: +0.1% } }\n`);
  const { code, documents } = await run([fixture('pass')], config);
  expect(code).toBe(1);
  expect(documents[0]?.comparisons.map((c) => [c.isolation, c.metric, c.limit, c.verdict])).toEqual([
    ['runc', 'latency', 1.001, 'fail'],
  ]);
  writeFileSync(config, `${common}budgets: { runc: { latency: +10% } }\nfail_on: [fail, inconclusive, not-measured]\n`);
  expect((await run([fixture('inconclusive')], config)).code).toBe(2);
});

test('a config whose cap can decide nothing is refused with the number it needs', async () => {
  const config = join(dir, 'isogate.yml');
  writeFileSync(
    config,
    'functions: {}\nisolations: { native: {}, runc: {} }\nbudgets: { runc: { latency: +5% } }\nmeasure: { min_blocks: 2, max_blocks: 5 }\n',
  );
  await expect(run([fixture('pass')], config)).rejects.toThrow(
    'measure.max_blocks: 5 blocks cannot decide anything with 1 gated comparisons; set at least 7',
  );
});

test('a header whose config is wrong is refused by file and key', async () => {
  const file = join(dir, 'bad.jsonl');
  const config = { functions: { f: {} }, isolations: { native: {} }, budgets: { runc: { latency: '+5%' } } };
  writeFileSync(file, `${JSON.stringify({ type: 'header', schema: 'isogate.samples/1', config })}\n`);
  await expect(run([file])).rejects.toThrow(
    `${file} header: budgets.runc: not listed under isolations; accepted: none`,
  );
});

test('without --json: the verdict, then a line a comparison, with nothing in it that moves a cursor', async () => {
  const lines: string[] = [];
  await replay([fixture('handler-missing')], { print: (line) => lines.push(line) });
  expect(lines[0]).toMatch(/handler-missing\.jsonl: not-measured$/);
  expect(lines[1]).toContain(
    'thumbnail/runc cold_start budget: 2 of 2 control native instances failed (start-failed: Error',
  );
  const file = join(dir, 'escape.jsonl');
  writeFileSync(file, readFileSync(fixture('handler-missing'), 'utf8').replaceAll('no export', '\\u001b[2J'));
  lines.length = 0;
  await replay([file], { print: (line) => lines.push(line) });
  expect(lines.join('')).not.toContain('\u001b');
});

test('a run that was cut off, with failures and long errors: its file says what the run said', async () => {
  const config = configOf({
    isolations: { native: {}, runc: { required: true } },
    budgets: { runc: { latency: '+10%', cold_start: '+30ms' } },
  });
  const records = blocks(20, { factor: 1.3 }).map((record) =>
    record.arm === 'treatment' && record.block % 4 === 0
      ? { ...record, status: 'crashed' as const, metrics: {}, error: 'x'.repeat(100_000) }
      : record,
  );
  const empty = samplesOf([]).header;
  const header = { config: config.document, looks: declareLooks(config, empty) };
  const samples = samplesOf(records.slice(0, -1), header);
  const file = join(dir, 'own.jsonl');
  writeFileSync(file, [samples.header, ...samples.instances].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const live = decide(samples, config);
  expect(live.comparisons.map((c) => c.verdict)).toEqual(['not-measured', 'fail']);
  expect((await run([file])).documents).toEqual([live]);
});

test('a file that came from elsewhere is decided, and what its seal is worth is said', async () => {
  const print = (lines: string[]) => (line: string) => lines.push(line);
  const plain: string[] = [];
  await replay([fixture('pass')], { print: print(plain) });
  expect(plain[0]).toBe(`${fixture('pass')}: pass`);
  expect(plain.at(-1)).toBe('  seal: not proven here: they carry no seal');

  const sealed = join(dir, 'sealed.jsonl');
  const [header = '', ...rest] = readFileSync(fixture('pass'), 'utf8').trimEnd().split('\n');
  const sealer = await openSealer(await openSealKey(join(dir, 'another-machine')));
  const named = JSON.stringify({ ...JSON.parse(header), sealedBy: '0123456789abcdef' });
  writeFileSync(sealed, `${(await sealer.seal([named, ...rest])).join('\n')}\n`);
  await sealer.close();
  const other: string[] = [];
  await replay([sealed], { print: print(other) });
  expect(other[0]).toBe(`${sealed}: pass`);
  expect(other.at(-1)).toBe('  seal: not proven here: they were sealed on another machine, whose key this one has not');
});
