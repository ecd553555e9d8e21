/** What the harness itself costs, next to the bare things it is made of (docs/bench.md). Run by bench/run.mjs. */

import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import { type Bed, openBed } from './bed.ts';
import { runNode, treeBytes } from './command.ts';
import { type Pair, type Ratio, summarisePairs, takePairs } from './pairs.ts';
import { renderText } from './render-text.ts';
import { measureRoundTrips } from './round-trip.ts';
import { startByHand, startByHarness } from './start-up.ts';

const PAIRS = 30;
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

async function runBench(root: string, log: (line: string) => void, signal: AbortSignal): Promise<BenchResult> {
  const loadBefore = loadavg()[0] ?? 0;
  const bed = await openBed(root, log, signal);
  try {
    const measured = await measureAll(bed, root, log);
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

async function measureAll(bed: Bed, root: string, log: (line: string) => void): Promise<Measured[]> {
  const measured: Measured[] = [];
  const add = (name: string, bareName: string, aim: number | null, pairs: Pair[]): void => {
    measured.push({ name, bareName, aim, ...summarisePairs(pairs) });
  };
  for (const [title, image] of [
    ['null image', bed.nullImage],
    ['Node handler', bed.nodeImage],
  ] as const) {
    log(`start-up under runc, ${title}: ${PAIRS} pairs`);
    const ours = () => startByHarness(bed, image);
    const pairs = await takePairs(PAIRS, ours, () => startByHand(bed, image));
    add(`start-up under runc, ${title}`, 'runc run', 1.1, pairs);
  }
  for (const [title, image, aim] of [
    ['Node handler', bed.nodeImage, 1.5],
    ['agent alone', bed.nullImage, null],
  ] as const) {
    log(`empty round trip natively, ${title}: ${PAIRS} pairs of batches`);
    add(`empty round trip natively, ${title}`, 'Node ping-pong', aim, await measureRoundTrips(bed, image, PAIRS));
  }
  log(`isogate --version: ${PAIRS} pairs`);
  const cli = join(root, 'dist/cli.js');
  const version = async () => runNode([cli, '--version']);
  add('isogate --version', 'node -e 0', 1.5, await takePairs(PAIRS, version, async () => runNode(['-e', '0'])));
  return measured;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const result = await runBench(positionals[0] ?? '.', log, stop.signal);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderText(result));
} catch (error) {
  process.stderr.write(`bench: could not measure: ${messageOf(error)}\n`);
  process.exitCode = 3;
}
