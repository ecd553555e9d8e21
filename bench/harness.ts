/** What the harness itself costs, next to the bare things it is made of (docs/project/benchmarks.md). Run by bench/run.mjs. */

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/model/errors.ts';
import { type Bed, openBed } from './bed.ts';
import { type Pair, type Ratio, summarisePairs, takePairs } from './pairs.ts';
import { renderText } from './render-text.ts';
import { pairOfRoundTrips } from './round-trip.ts';
import { startByHand, startByHarness } from './start-up.ts';

const SETTLE_MS = 60;
const DIST_LIMIT_BYTES = 3_000_000;

export interface Measured extends Ratio {
  name: string;
  bareName: string;
  /** Largest ratio that is aimed at, null where the figure is for information. */
  aim: number | null;
}

export interface BenchResult {
  schema: 'isogate.bench/1';
  measuredAt: string;
  host: { cpuModel: string; cpus: number; node: string; runc: string | null; loadBefore: number; loadAfter: number };
  /** Medians are in milliseconds. */
  measured: Measured[];
  dist: { bytes: number; limitBytes: number };
}

type Comparison = Pick<Measured, 'name' | 'bareName' | 'aim'> & { count: number; take: (n: number) => Promise<Pair[]> };

async function runBench(
  root: string,
  only: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchResult> {
  const loadBefore = loadavg()[0] ?? 0;
  const bed = await openBed(root, log, signal);
  try {
    const measured: Measured[] = [];
    const wanted = comparisons(bed, root).filter(({ name }) => name.includes(only));
    for (const { take, count, ...comparison } of wanted) {
      log(`${comparison.name}: ${count} pairs`);
      measured.push({ ...comparison, ...summarisePairs(await take(count)) });
    }
    const { version } = await bed.runc.probe();
    const host = { cpuModel: cpus()[0]?.model ?? '', cpus: cpus().length, node: process.version, runc: version };
    return {
      schema: 'isogate.bench/1',
      measuredAt: new Date().toISOString(),
      host: { ...host, loadBefore, loadAfter: loadavg()[0] ?? 0 },
      measured,
      dist: { bytes: treeBytes(join(root, 'dist')), limitBytes: DIST_LIMIT_BYTES },
    };
  } finally {
    await bed.end();
  }
}

function comparisons(bed: Bed, root: string): Comparison[] {
  const { signal, nullImage, nodeImage } = bed;
  const starts = (image: typeof nullImage, settleMs: number) => (n: number) =>
    takePairs(
      n,
      signal,
      () => startByHarness(bed, image, settleMs),
      () => startByHand(bed, image, settleMs),
    );
  const trips = (image: typeof nullImage) => async (n: number) => {
    const pairs: Pair[] = [];
    while (pairs.length < n) pairs.push(await pairOfRoundTrips(bed, image));
    return pairs;
  };
  const commands = (n: number) =>
    takePairs(
      n,
      signal,
      async () => runNode([join(root, 'dist/cli.js'), '--version']),
      async () => runNode(['-e', '0']),
    );
  const runc = { bareName: 'runc run', count: 60 };
  const echo = { bareName: 'Node ping-pong', count: 30 };
  return [
    { name: 'start-up under runc, null image', ...runc, aim: 1.1, take: starts(nullImage, SETTLE_MS) },
    { name: 'start-up under runc, Node handler', ...runc, aim: 1.1, take: starts(nodeImage, SETTLE_MS) },
    { name: 'start-up under runc, null image, back to back', ...runc, aim: null, take: starts(nullImage, 0) },
    { name: 'empty round trip natively, Node handler', ...echo, aim: 1.5, take: trips(nodeImage) },
    { name: 'empty round trip natively, agent alone', ...echo, aim: null, take: trips(nullImage) },
    { name: 'isogate --version', bareName: 'node -e 0', aim: 1.5, count: 30, take: commands },
  ];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, only: { type: 'string', default: '' } },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const result = await runBench(positionals[0] ?? '.', values.only, log, stop.signal);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderText(result));
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
}

/** @returns milliseconds from spawn to exit */
function runNode(args: string[]): number {
  const startedMs = performance.now();
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'ignore', timeout: 30_000 });
  const elapsedMs = performance.now() - startedMs;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${error?.message ?? `code ${status}`}`);
  return elapsedMs;
}

/** Sum of all files' bytes. */
function treeBytes(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(directory, entry));
    if (stat.isFile()) bytes += stat.size;
  }
  return bytes;
}
