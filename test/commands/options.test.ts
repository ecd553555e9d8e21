import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Flows, realFlows } from '../../src/commands/context.ts';
import type { RunVerdict } from '../../src/model/metrics.ts';
import { isogate } from './world.ts';

type Seen = Partial<Parameters<Flows['gate']>[0] & Parameters<Flows['gate']>[1]>;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Flows that keep what they are asked for: the ports of the commands, in memory. */
const gateThat = (verdict: RunVerdict, exitCode: number, seen: Seen = {}): Flows => ({
  ...realFlows,
  gate: async (options, env) => {
    Object.assign(seen, options, env);
    env.log('block 1 of 6');
    const document = {
      schema: 'isogate.verdict/1',
      verdict,
      gate: 'g',
      comparisons: [],
      noise: { twin: {}, byFunction: {} },
      warnings: [],
    } as const;
    return {
      verdict: { ...document, comparisons: [], warnings: [] },
      exitCode,
      summary: ({ width }) => `report in ${width} columns\n`,
      outDir: options.outDir,
    };
  },
});

test('gate passes its options on', async () => {
  const seen: Seen = {};
  const argv = [
    ...[
      'gate',
      '--config',
      'a.yml',
      '--out',
      'o',
      '--baseline',
      'b',
      '--base',
      'main',
      '--continue',
      's.jsonl',
      '--seed',
      '7',
      '--function',
      'f',
      'g',
      '--function',
      'h',
    ],
    ...['--time', '90s', '--time-budget', '10m', '--cache-dir', directory],
  ];
  await isogate(argv, { flows: gateThat('pass', 0, seen) });
  const { log, progress, signal, now, ...options } = seen;
  expect(options).toEqual({
    configPath: 'a.yml',
    outDir: 'o',
    baseline: 'b',
    base: 'main',
    continueFrom: 's.jsonl',
    seed: 7,
    functions: ['f', 'g', 'h'],
    timeMs: 90_000,
    timeBudgetMs: 600_000,
    cacheDir: directory,
    guestDir: '/nonexistent/guest/',
  });
});

test.each([
  [true, '/var/cache/isogate'],
  [false, '/x/isogate'],
])('gate has defaults (root: %s)', async (isRoot, cacheDir) => {
  const seen: Seen = {};
  await isogate(['gate'], { flows: gateThat('pass', 0, seen), isRoot, env: { XDG_CACHE_HOME: '/x' } });
  expect(seen).toMatchObject({
    configPath: 'isogate.yml',
    outDir: 'isogate-out',
    baseline: null,
    base: null,
    seed: null,
    functions: null,
    timeMs: null,
    timeBudgetMs: null,
    cacheDir,
  });
});

test.each([
  ['pass', 0],
  ['fail', 1],
  ['inconclusive', 2],
  ['not-measured', 3],
] as const)('gate ends with the code of %s; the summary of the report is the result', async (verdict, code) => {
  expect(await isogate(['gate'], { flows: gateThat(verdict, code) })).toEqual({
    code,
    out: '\nreport in 120 columns\n',
    log: ['block 1 of 6', `${verdict}: report, samples and verdict are in isogate-out`],
  });
});

test('gate --json prints the verdict document on one line', async () => {
  const { out } = await isogate(['gate', '--json'], { flows: gateThat('fail', 1) });
  expect(out.trimEnd()).not.toContain('\n');
  expect(JSON.parse(out)).toMatchObject({ schema: 'isogate.verdict/1', verdict: 'fail' });
});

test('--fresh has a cache of its own, closed to other users, gone afterwards even on failure', async () => {
  let used = '';
  const gate: Flows['gate'] = (_, { cacheDir }) => {
    used = cacheDir;
    expect(statSync(cacheDir).mode & 0o777).toBe(0o700);
    return Promise.reject(new Error('boom'));
  };
  const { code } = await isogate(['gate', '--fresh', '--cache-dir', directory], { flows: { ...realFlows, gate } });
  expect(code).toBe(5);
  expect(used.startsWith(join(directory, 'fresh-'))).toBe(true);
  expect(existsSync(used)).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  [[], [], [], [], 'nothing to clean\n'],
  [['cgroup a'], ['r2'], [], [], 'removed cgroup a\nleft alone: run r2, whose owner is alive\n'],
  [[], [], ['docker hangs'], [], 'docker hangs\n'],
  [['cgroup a'], ['r2'], ['x'], ['--json'], '{"removed":["cgroup a"],"alive":["r2"],"pending":["x"]}\n'],
])('clean with %j removed, %j alive and %j pending', async (removed, alive, pending, argv, out) => {
  const flows = { ...realFlows, clean: async () => ({ removed, alive, pending }) };
  expect(await isogate(['clean', ...argv], { flows })).toEqual({ code: 0, out, log: [] });
});
