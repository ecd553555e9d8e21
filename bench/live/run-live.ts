/** Runs of all cases in turns, so that what an interrupted bench has is spread over them. */

import { NotMeasurableError } from '../../src/model/errors.ts';
import type { LiveCase } from './cases.ts';
import type { LiveResult } from './render-live.ts';
import { ruleOnLive } from './rule-on-live.ts';
import { runOnce } from './run-once.ts';
import { appendRun, type LiveRun, readRuns } from './run-record.ts';
import { tallyRuns } from './tally-runs.ts';
import { openWorkspace } from './workspace.ts';

export interface LiveOptions {
  root: string;
  runs: number;
  /** Null: each case's own. */
  time: string | null;
  cases: LiveCase[];
  /** Finished runs, those of earlier benches among them. */
  recordPath: string | null;
  keepDir: string | null;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** `error`: why it ended early; the result holds what was finished by then. */
export async function runLive(options: LiveOptions): Promise<{ result: LiveResult; error: unknown }> {
  const { cases, recordPath, log } = options;
  const kept = recordPath === null ? [] : readRuns(recordPath);
  const runs = new Map(cases.map((one) => [one, kept.filter((run) => isOf(run, one, options.time))]));
  const others = kept.length - [...runs.values()].flat().length;
  if (others > 0) log(`${recordPath}: ${others} runs of other cases or settings are left out`);
  const leftOut = new Map<string, string>();
  const error = await runMissing(options, runs, leftOut).then(
    () => null,
    (reason: unknown) => reason,
  );
  return {
    result: {
      cases: cases.map((one) => {
        const own = runs.get(one) ?? [];
        return { one, tally: tallyRuns(one, own), others: ruleOnLive(own) };
      }),
      leftOut,
    },
    error,
  };
}

const isOf = (run: LiveRun, one: LiveCase, time: string | null): boolean =>
  run.case === one.name && run.time === (time ?? one.time) && run.measure === JSON.stringify(one.measure);

async function runMissing(
  { root, runs: wanted, time, cases, recordPath, keepDir, log, signal }: LiveOptions,
  runs: Map<LiveCase, LiveRun[]>,
  leftOut: Map<string, string>,
): Promise<void> {
  const open = () => cases.filter((one) => !leftOut.has(one.name) && (runs.get(one)?.length ?? 0) < wanted);
  if (open().length === 0) return;
  const workspace = await openWorkspace(root);
  try {
    for (let round = 0; round < wanted; round += 1)
      for (const one of open().filter((other) => runs.get(other)?.length === round)) {
        log(`${one.name} · run ${round + 1} of ${wanted}`);
        try {
          const job = { root, workspace, keepDir, signal, one, run: round, time: time ?? one.time };
          const run = await runOnce({ ...job, log: (line) => log(`  ${line}`) });
          if (recordPath !== null) appendRun(recordPath, run);
          runs.get(one)?.push(run);
          log(`${one.name} · ${run.verdict} after ${run.seconds.toFixed(0)} s`);
        } catch (error) {
          if (signal.aborted || !(error instanceof NotMeasurableError)) throw error;
          leftOut.set(one.name, error.message);
          log(`${one.name} · left out: ${error.message}`);
        }
      }
  } finally {
    workspace.remove();
  }
}
