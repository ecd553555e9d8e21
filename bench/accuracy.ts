/** Our rule and the rules of others on the same data (docs/explanation/accuracy.md). Run by bench/run.mjs. */

import { availableParallelism, setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../src/model/errors.ts';
import { type EarlyStudy, studyEarly, studyUnseen, type UnseenStudy } from './accuracy/early-study.ts';
import { studyHeld } from './accuracy/held-study.ts';
import { renderStudy } from './accuracy/render.ts';
import { renderEarly } from './accuracy/render-early.ts';
import { renderHeld } from './accuracy/render-held.ts';
import { renderUnseen } from './accuracy/render-unseen.ts';
import { type RunTasks, runStudy, type Study, type StudyOptions } from './accuracy/study.ts';
import { runTask, type Task } from './accuracy/tasks.ts';
import { type PairedLog, readPairs } from './accuracy/tuning-set.ts';
import { openPool } from './accuracy/worker-pool.ts';

const PAIRS = 'fixtures/datasets/paired-faas.json';
/** Of no consequence, but the same every time. */
const SEED = 20260101;

interface Options extends StudyOptions {
  threads: number;
  isJson: boolean;
  pairs: PairedLog[];
  unseenLogs: PairedLog[][];
  /** Only the part about early looks, about logs that tuned nothing, or about noise and slow controls. */
  only: 'early' | 'unseen' | 'held' | null;
}

const positive = (text: string, name: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text}: give a number above 0`);
  return value;
};

const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(SEED) },
      blocks: { type: 'string', default: '60' },
      threads: { type: 'string', default: String(availableParallelism()) },
      pairs: { type: 'string' },
      unseen: { type: 'string', multiple: true, default: [] },
      early: { type: 'boolean', default: false },
      'unseen-only': { type: 'boolean', default: false },
      held: { type: 'boolean', default: false },
      'at-cap': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const unseenLogs = values.unseen.map((file) => readPairs(file));
  return {
    factor: positive(values.runs, 'runs'),
    seed: positive(values.seed, 'seed'),
    cap: positive(values.blocks, 'blocks'),
    threads: Math.ceil(positive(values.threads, 'threads')),
    isAtCap: values['at-cap'],
    isJson: values.json,
    only: values.held ? 'held' : values['unseen-only'] ? 'unseen' : values.early ? 'early' : null,
    unseenLogs,
    unseen: values.unseen.map((file, index) => ({
      name: basename(file, '.json'),
      logs: unseenLogs[index]?.length ?? 0,
    })),
    pairs: readPairs(values.pairs ?? join(positionals[0] ?? '.', PAIRS)),
  };
}

type Part = Study | { early: EarlyStudy } | { unseen: UnseenStudy[] };

async function studyPart(only: 'early' | 'unseen' | null, options: StudyOptions, run: RunTasks): Promise<Part> {
  if (only === 'unseen') return { unseen: await studyUnseen(options, run) };
  return only === 'early' ? { early: await studyEarly(options, run) } : runStudy(options, run);
}

function renderPart(study: Part): string {
  if ('tables' in study) return renderStudy(study);
  return ('early' in study ? renderEarly(study.early) : renderUnseen(study.unseen)).join('\n');
}

async function main(): Promise<void> {
  const { pairs, unseenLogs, threads, isJson, only, ...options } = readOptions();
  // Nothing here is timed: others come first. Threads take over what this one has.
  setPriority(19);
  const startedMs = performance.now();
  if (only === 'held') {
    const sets = options.unseen.map(({ name }, index) => ({ name, logs: unseenLogs[index] ?? [] }));
    const rows = studyHeld(options, [{ name: 'tuning set', logs: pairs }, ...sets]);
    process.stdout.write(isJson ? `${JSON.stringify({ options, rows }, null, 2)}\n` : renderHeld(rows));
    return;
  }
  const pool = openPool(fileURLToPath(import.meta.url), threads, { pairs, unseen: unseenLogs });
  try {
    let done = 0;
    const run: RunTasks = (tasks) => {
      log(`${tasks.length} tasks on ${threads} threads`);
      return pool.run(tasks, () => {
        done += 1;
        if (done % 20 === 0) log(`${done} done`);
      });
    };
    const study = await studyPart(only, options, run);
    log(`took ${Math.round((performance.now() - startedMs) / 1000)} s`);
    process.stdout.write(isJson ? `${JSON.stringify({ options, ...study }, null, 2)}\n` : renderPart(study));
  } finally {
    await pool.end();
  }
}

if (isMainThread) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`bench: could not compare: ${messageOf(error)}\n`);
    process.exitCode = 3;
  }
} else {
  const { pairs, unseen } = workerData as { pairs: PairedLog[]; unseen: PairedLog[][] };
  parentPort?.on('message', (task: Task) => parentPort?.postMessage(runTask(task, pairs, unseen)));
}
