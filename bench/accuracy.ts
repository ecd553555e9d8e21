/** Our rule and the rules of others on the same data (docs/explanation/accuracy.md). Run by bench/run.mjs. */

import { availableParallelism, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../src/model/errors.ts';
import { studyEarly } from './accuracy/early-study.ts';
import { renderStudy } from './accuracy/render.ts';
import { renderEarly } from './accuracy/render-early.ts';
import { type RunTasks, runStudy, type StudyOptions } from './accuracy/study.ts';
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
  unseen: PairedLog[];
  /** Only the part about early looks. */
  isEarlyOnly: boolean;
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
      unseen: { type: 'string' },
      early: { type: 'boolean', default: false },
      'at-cap': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    factor: positive(values.runs, 'runs'),
    seed: positive(values.seed, 'seed'),
    cap: positive(values.blocks, 'blocks'),
    threads: Math.ceil(positive(values.threads, 'threads')),
    isAtCap: values['at-cap'],
    isJson: values.json,
    hasUnseen: values.unseen !== undefined,
    isEarlyOnly: values.early,
    unseen: values.unseen === undefined ? [] : readPairs(values.unseen),
    pairs: readPairs(values.pairs ?? join(positionals[0] ?? '.', PAIRS)),
  };
}

async function main(): Promise<void> {
  const { pairs, unseen, threads, isJson, isEarlyOnly, ...options } = readOptions();
  // Nothing here is timed: others come first. Threads take over what this one has.
  setPriority(19);
  const startedMs = performance.now();
  const pool = openPool(fileURLToPath(import.meta.url), threads, { pairs, unseen });
  try {
    let done = 0;
    const run: RunTasks = (tasks) => {
      log(`${tasks.length} tasks on ${threads} threads`);
      return pool.run(tasks, () => {
        done += 1;
        if (done % 20 === 0) log(`${done} done`);
      });
    };
    const study = isEarlyOnly ? { early: await studyEarly(options, run) } : await runStudy(options, run);
    log(`took ${Math.round((performance.now() - startedMs) / 1000)} s`);
    const text = 'tables' in study ? renderStudy(study) : renderEarly(study.early).join('\n');
    process.stdout.write(isJson ? `${JSON.stringify({ options, ...study }, null, 2)}\n` : text);
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
  const { pairs, unseen } = workerData as { pairs: PairedLog[]; unseen: PairedLog[] };
  parentPort?.on('message', (task: Task) => parentPort?.postMessage(runTask(task, pairs, unseen)));
}
