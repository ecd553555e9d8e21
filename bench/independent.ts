/** Isogate's samples beside an independent measure: plain `runc run` from a driver in another language. Run by bench/run.mjs. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../src/config/load-config.ts';
import { CGROUP_ROOT, destroyCgroups } from '../src/host/cgroup.ts';
import { buildImage } from '../src/image/build-image.ts';
import { claimHost, type HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import { createIsolation } from '../src/isolation/create-isolation.ts';
import { createAnswerBook } from '../src/measure/answer-book.ts';
import { feedEvents } from '../src/measure/event-feed.ts';
import { runInstance } from '../src/measure/run-instance.ts';
import type { Config, FunctionConfig } from '../src/model/config.ts';
import { messageOf } from '../src/model/errors.ts';
import type { FunctionImage } from '../src/model/image.ts';
import { type Pair, type Ratio, summarisePairs } from './pairs.ts';

const FUNCTIONS = ['node-gzip', 'node-image', 'node-pbkdf2', 'python-csv', 'shell-loop'];
const PLAN = { warmup: 5, invocations: 15, repeat: 1, tail: 0, empty: 0, invokeTimeoutMs: 30_000 };
/** The kernel takes namespaces and cgroups apart later than it says, and who starts meanwhile waits for it. */
const SETTLE_MS = 60;
/** Isogate's figure over the driver's. */
const AIM = 1.1;

interface Reading {
  coldStartMs: number;
  latencyMs: number;
}

type Figures = Record<keyof Reading, Ratio>;

/** These of a file's functions, and no other. */
function loadFunctions(file: string, names: string[]): Promise<Config> {
  const document = parse(readFileSync(file, 'utf8'));
  const functions = Object.fromEntries(names.map((name) => [name, document.functions[name]]));
  return loadConfig(file, { text: stringify({ ...document, functions }) });
}

async function compareFunction(
  claim: HostClaim,
  config: Config,
  own: FunctionConfig,
  root: string,
  pairCount: number,
): Promise<Figures> {
  const runc = config.isolations.find(({ type }) => type === 'runc');
  if (!runc) throw new Error('the fixtures have no runc');
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-bench-cache-'));
  chmodSync(cacheDir, 0o755);
  try {
    const { resources } = config;
    const common = { resources, cacheDir, guestDir: join(root, 'dist/guest'), kernel: null, log: () => {} };
    const image = await buildImage({ ...common, function: own });
    const event = JSON.parse(readFileSync(own.events[0] ?? '', 'utf8'));
    const book = createAnswerBook({ files: own.events, expect: own.expect, deterministic: own.deterministic });
    const ours = async (): Promise<Reading> => {
      const isolation = createIsolation(runc, 'tcg');
      const outcome = await runInstance(
        isolation,
        image,
        resources,
        claim.nextContext(30_000),
        feedEvents([event], book, PLAN),
        PLAN,
      );
      if (outcome.status !== 'ok') throw new Error(`${own.name}: ${outcome.error}`);
      return { coldStartMs: outcome.phases_ms.first_response ?? 0, latencyMs: median(outcome.latency_ms) };
    };
    const theirs = (): Promise<Reading> => drive(claim, image, own, event, root);
    const pairs = await takeReadings(pairCount, ours, theirs);
    const figure = (key: keyof Reading): Ratio =>
      summarisePairs(pairs.map(([a, b]): Pair => ({ ours: a[key], bare: b[key] })));
    return { coldStartMs: figure('coldStartMs'), latencyMs: figure('latencyMs') };
  } finally {
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

/** Each goes first in every second pair; the first pair is only for warming up. */
async function takeReadings(
  count: number,
  ours: () => Promise<Reading>,
  theirs: () => Promise<Reading>,
): Promise<[Reading, Reading][]> {
  const pairs: [Reading, Reading][] = [];
  for (let i = 0; i <= count; i++) {
    const isOursFirst = i % 2 === 0;
    const first = await (isOursFirst ? ours() : theirs());
    await sleep(SETTLE_MS);
    const second = await (isOursFirst ? theirs() : ours());
    await sleep(SETTLE_MS);
    if (i > 0) pairs.push(isOursFirst ? [first, second] : [second, first]);
  }
  return pairs;
}

async function drive(
  claim: HostClaim,
  image: FunctionImage,
  { handler, command }: FunctionConfig,
  event: unknown,
  root: string,
): Promise<Reading> {
  const { instanceId, runId, cpuset } = claim.nextContext(30_000);
  const cgroup = `${CGROUP_ROOT}/${runId}/${instanceId}`;
  const { args } = image.process;
  const interpreter = args.find((word) => /\/(node|python[0-9.]*)$/.test(word));
  // The size of the heap belongs to what is allowed, as the memory limit does.
  const heapFlags = args.filter((word) => word.startsWith('--max-'));
  const program = handler ? [interpreter, ...heapFlags] : command;
  const words = [
    join(root, 'bench/independent/driver.py'),
    image.rootfsDir,
    JSON.stringify(program),
    handler ? `${handler.file}:${handler.export}` : '',
    JSON.stringify(event),
    cpuset.join(','),
    `/${cgroup}`,
    String(PLAN.warmup),
    String(PLAN.invocations),
    join(image.bundleDir, 'config.json'),
  ];
  try {
    const text = execFileSync('python3', words, { encoding: 'utf8', timeout: 60_000 });
    const { cold_start_ms, latency_ms } = JSON.parse(text);
    return { coldStartMs: cold_start_ms, latencyMs: median(latency_ms) };
  } finally {
    await destroyCgroups(cgroup);
  }
}

function tableRow(name: string, metric: string, { ours, bare, ratio, lower, upper }: Ratio): string {
  const factor = `${ratio.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
  const agrees = ratio <= AIM && ratio >= 1 / AIM ? 'yes' : 'no';
  return `| \`${name}\` | ${metric} | ${ours.median.toFixed(2)} | ${bare.median.toFixed(2)} | ${factor} | ${agrees} |\n`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '20' } },
});
const [root = '.', ...given] = positionals;
const pairCount = Number(values.pairs);
const wanted = given.length > 0 ? given : FUNCTIONS;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  if (!(Number.isInteger(pairCount) && pairCount > 2))
    throw new Error(`--pairs ${values.pairs}: give a whole number above 2`);
  const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const config = await loadFunctions(join(root, 'fixtures/functions/real/isogate.yml'), wanted);
  const claim = await claimHost(config.resources.cpus, log, stop.signal);
  const load = loadavg()[0]?.toFixed(2);
  process.stdout.write(
    '| function | metric | Isogate, ms | driver, ms | ratio | within 10 % |\n| - | - | - | - | - | - |\n',
  );
  try {
    for (const own of config.functions) {
      log(`${own.name}: ${pairCount} pairs`);
      const { coldStartMs, latencyMs } = await compareFunction(claim, config, own, root, pairCount);
      process.stdout.write(tableRow(own.name, 'cold start', coldStartMs) + tableRow(own.name, 'latency', latencyMs));
    }
  } finally {
    await claim.release();
  }
  const after = loadavg()[0]?.toFixed(2);
  const host = `${cpus()[0]?.model}, ${cpus().length} CPUs`;
  process.stdout.write(`\n${new Date().toISOString()}, ${host}, load ${load} before, ${after} after\n`);
} catch (error) {
  process.stderr.write(`bench: could not measure: ${messageOf(stop.signal.aborted ? stop.signal.reason : error)}\n`);
  process.exitCode = 3;
}
