/** The product's own decisions on real functions under real isolations, of which the truth is known (docs/explanation/accuracy.md). Run by bench/run.mjs. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
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
      minutes: { type: 'string', default: '20' },
      write: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs ${values.runs}: give a whole number above 0`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: give a number above 0`);
  const keepDir = values.keep === undefined ? null : resolve(values.keep);
  if (keepDir !== null) mkdirSync(keepDir, { recursive: true });
  return {
    root: resolve(positionals[0] ?? '.'),
    runs,
    minutes,
    write: values.write,
    time: values.time ?? null,
    cases: selectCases(values.only.flatMap((words) => words.split(','))),
    recordPath: values.json === undefined ? null : resolve(values.json),
    keepDir,
  };
}

/** What stands between the two comments is replaced. @throws Error where they are missing */
function writeSection(path: string, text: string): void {
  const page = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- bench:live -->', '<!-- /bench:live -->'];
  const [before, rest] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end))];
  if (!page.includes(begin) || !page.includes(end)) throw new Error(`${path}: no ${begin} … ${end} to write between`);
  // One level lower than in the terminal, below a heading of the page.
  const lower = text.replace('## Live', '## The study').replaceAll(/^#/gm, '##');
  writeFileSync(path, `${before}${begin}\n\n${lower}\n${rest}`);
}

const describeHost = (): string =>
  `${startedAt} to ${new Date().toISOString()}, ${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}.`;

const startedAt = new Date().toISOString();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const { write, ...options } = readOptions();
  const { result, error } = await runLive({ ...options, log, signal: stop.signal });
  // What was measured before it ended is shown, however it ended.
  const text = `${describeHost()}\n\n${renderLive(result)}`;
  process.stdout.write(`${text}\n`);
  if (error !== null) throw error;
  if (write && result.cases.every(({ tally }) => tally === null))
    throw new Error('nothing was measured: nothing is written');
  if (write) writeSection(join(options.root, 'docs/explanation/accuracy.md'), text);
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
}
