/** Blocks and seconds until the verdict, for twelve cases as users have them (docs/project/cases.md). Run by bench/run.mjs. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/model/errors.ts';
import { selectBenchCases } from './cases/list-cases.ts';
import { openPlace } from './cases/open-place.ts';
import { renderCases } from './cases/render-cases.ts';
import { type CaseResult, runCase } from './cases/run-case.ts';

const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      cli: { type: 'string' },
      json: { type: 'string' },
      before: { type: 'string' },
    },
  });
  const root = resolve(positionals[0] ?? '.');
  return {
    root,
    cases: selectBenchCases(values.only.flatMap((names) => names.split(','))),
    /** The program to measure with: another version's, for what was before. */
    cli: resolve(values.cli ?? join(root, 'dist/cli.js')),
    /** Results of earlier calls are kept in it, and only those of the cases at hand are replaced. */
    recordPath: values.json === undefined ? null : resolve(values.json),
    before: values.before === undefined ? null : readResults(resolve(values.before)),
  };
}

const readResults = (path: string): CaseResult[] => JSON.parse(readFileSync(path, 'utf8'));

function keep(path: string, result: CaseResult): void {
  const known = readKept(path).filter((other) => other.case !== result.case);
  writeFileSync(path, `${JSON.stringify([...known, result], null, 2)}\n`);
}

const readKept = (path: string): CaseResult[] => {
  try {
    return readResults(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** Instances run on the later CPUs, and the harness, which waits meanwhile, on the first: there this process disturbs least. */
const stayOnFirstCpu = (): void => void execFileSync('taskset', ['-cp', '0', String(process.pid)], { stdio: 'ignore' });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
const startedAt = new Date().toISOString();
try {
  const { root, cases, cli, recordPath, before } = readOptions();
  stayOnFirstCpu();
  const place = openPlace(root);
  const results: CaseResult[] = recordPath === null ? [] : readKept(recordPath);
  try {
    for (const one of cases) {
      stop.signal.throwIfAborted();
      log(`${one.name} (load ${loadavg()[0]?.toFixed(1)})`);
      const result = await runCase(one, { cli, place, log, signal: stop.signal });
      log(`${one.name}: ${result.verdict} after ${result.blocks} blocks in ${result.verdictSeconds} s`);
      results.splice(0, results.length, ...results.filter((other) => other.case !== one.name), result);
      if (recordPath !== null) keep(recordPath, result);
    }
  } finally {
    place.remove();
  }
  const host = `${startedAt} to ${new Date().toISOString()}, ${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}.`;
  process.stdout.write(`${host}\n\n${renderCases(selectBenchCases([]), results, before)}\n`);
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
}
