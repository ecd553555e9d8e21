import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isogate } from './world.ts';

const SAMPLES = 'fixtures/samples';
let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-cli-')));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

test('init never overwrites', async () => {
  write({ 'isogate.yml': 'mine' });
  const config = join(directory, 'isogate.yml');
  const { code, out, log } = await isogate(['init', '--config', config]);
  expect({ code, out, log }).toEqual({
    code: 4,
    out: '',
    log: [`isogate: ${config}: exists already and is left as it is; remove it first, or name another with --config`],
  });
  expect(readFileSync(config, 'utf8')).toBe('mine');
});

test('replay prints verdicts in the order given and ends with the worst', async () => {
  const files = ['pass', 'fail', 'inconclusive'].map((name) => `${SAMPLES}/${name}.jsonl`);
  const { code, out } = await isogate(['replay', '--json', ...files]);
  const verdicts = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).verdict);
  expect({ code, verdicts }).toEqual({ code: 1, verdicts: ['pass', 'fail', 'inconclusive'] });
});

test('replay --config decides by other budgets, and needs none of its files', async () => {
  write({
    'isogate.yml':
      'functions: { thumbnail: { handler: no/such.mjs#file, events: [no.json] } }\nisolations: { native: , runc: , gvisor: }\nbudgets: { gvisor: { latency: 9x } }\n',
  });
  const file = `${SAMPLES}/fail.jsonl`;
  expect((await isogate(['replay', file])).code).toBe(1);
  const { code, out } = await isogate(['replay', file, '--config', join(directory, 'isogate.yml')]);
  expect(code).toBe(0);
  expect(out.split('\n')[0]).toBe(`${file}: pass`);
});

test('baseline record appends what replay then reads from the directory', async () => {
  const store = join(directory, 'baselines');
  const argv = ['baseline', 'record', `${SAMPLES}/pass.jsonl`, '--store', store, '--commit', 'a'.repeat(40)];
  const first = await isogate([...argv, '--json']);
  expect(first.code).toBe(0);
  const { added } = JSON.parse(first.out) as { added: number };
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.name.endsWith('.jsonl'),
  );
  const lines = files.flatMap((entry) =>
    readFileSync(join(entry.parentPath, entry.name), 'utf8').trimEnd().split('\n'),
  );
  expect(lines).toHaveLength(added);
  expect(added).toBeGreaterThan(0);
  expect(new Set(lines.map((line) => JSON.parse(line).commit))).toEqual(new Set(['a'.repeat(40)]));
});
