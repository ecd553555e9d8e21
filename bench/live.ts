/** The product's own decisions on real functions under real isolations, of which the truth is known (docs/explanation/accuracy.md). Run by bench/run.mjs. */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/model/errors.ts';
import { selectCases } from './live/cases.ts';
import { renderLive } from './live/render-live.ts';
import { runLive } from './live/run-live.ts';

const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '10' },
      time: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      keep: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs ${values.runs}: give a whole number above 0`);
  const keepDir = values.keep === undefined ? null : resolve(values.keep);
  if (keepDir !== null) mkdirSync(keepDir, { recursive: true });
  return {
    root: resolve(positionals[0] ?? '.'),
    runs,
    time: values.time ?? null,
    cases: selectCases(values.only.flatMap((words) => words.split(','))),
    recordPath: values.json === undefined ? null : resolve(values.json),
    keepDir,
  };
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const { result, error } = await runLive({ ...readOptions(), log, signal: stop.signal });
  // What was measured before it ended is shown, however it ended.
  process.stdout.write(`${renderLive(result)}\n`);
  if (error !== null) throw error;
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
}
