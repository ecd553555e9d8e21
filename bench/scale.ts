/** How the time and the memory of `isogate replay` grow with the samples (docs/project/benchmarks.md). Run by bench/run.mjs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/model/errors.ts';
import { type HarnessCpu, measureHarness, renderHarness } from './scale/harness-cpu.ts';
import { missedAims, renderScale, type ScaleRow } from './scale/render-scale.ts';
import { runReplay } from './scale/run-replay.ts';
import { type LineKind, writeSamples } from './scale/write-samples.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '10,100,1000' },
    lines: { type: 'string', default: 'lean,full' },
    cli: { type: 'string' },
    harness: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});

const [root = '.'] = positionals;
const cli = values.cli ?? join(root, 'dist/cli.js');
const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
const directory = mkdtempSync(join(tmpdir(), 'isogate-bench-scale-'));
try {
  const harness = await measureHarness(root, log, stop.signal).catch((error: unknown) => {
    if (stop.signal.aborted) throw error;
    return messageOf(error);
  });
  const rows: ScaleRow[] = [];
  for (const kind of values.harness ? [] : readKinds(values.lines))
    for (const size of readSizes(values.sizes)) {
      const file = join(directory, 'samples.jsonl');
      const written = writeSamples(file, size, kind);
      log(`${kind}, ${size} MB: ${written.functions} functions`);
      rows.push({ kind, ...written, ...(await runReplay(cli, file, availableParallelism() - 1, stop.signal)) });
      rmSync(file);
    }
  const missed = missedAims(rows);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ schema: 'isogate.bench-scale/1', rows, missed, harness }, null, 2)}\n`
      : `${[...(rows.length > 0 ? [renderScale(rows)] : []), tellHarness(harness), ...missed.map((one) => `not met: ${one}`)].join('\n')}\n`,
  );
  process.exitCode = missed.length > 0 ? 1 : 0;
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function tellHarness(harness: HarnessCpu | string): string {
  return typeof harness === 'string' ? `the harness was not measured: ${harness}` : renderHarness(harness);
}

function readSizes(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.some((size) => !(size > 0 && size <= 10_000)))
    throw new Error(`--sizes ${text}: accepted: megabytes, separated by commas, such as 10,100,1000`);
  return sizes;
}

function readKinds(text: string): LineKind[] {
  return text.split(',').map((kind) => {
    if (kind === 'lean' || kind === 'full') return kind;
    throw new Error(`--lines ${kind}: accepted: lean, full`);
  });
}
