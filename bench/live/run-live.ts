/** Runs of all cases in turns, so that what an interrupted bench has is spread over them. */

import { NotMeasurableError } from '../../src/model/errors.ts';
import type { LiveCase } from './cases.ts';
import { loadMachine } from './load-machine.ts';
import type { LiveResult } from './render-live.ts';
import { ruleOnLive } from './rule-on-live.ts';
import { runOnce } from './run-once.ts';
import { appendRun, type LiveRun, readRuns } from './run-record.ts';
import { tallyRuns } from './tally-runs.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

export interface LiveOptions {
  root: string;
  runs: number;
  /** Null: each case's own. */
  time: string | null;
  cases: LiveCase[];
  /** Finished runs, those of earlier benches among them. */
  recordPath: string | null;
  keepDir: string | null;
  /** No run is begun that would probably end later. */
  minutes: number;
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

/** Of proving an isolation and building images, over what is measured. */
const SET_UP_SECONDS = 6;

/** As long as the runs so far; at first as long as it may. */
function likelySeconds({ functions }: LiveCase, runs: LiveRun[], time: string): number {
  const longest = functions.length * Number.parseInt(time, 10);
  const seen = runs.map(({ seconds }) => seconds);
  return SET_UP_SECONDS + (seen.length === 0 ? longest : Math.max(...seen));
}

async function runMissing(
  options: LiveOptions,
  runs: Map<LiveCase, LiveRun[]>,
  leftOut: Map<string, string>,
): Promise<void> {
  const { root, runs: wanted, time, cases, recordPath, minutes, log } = options;
  const open = () => cases.filter((one) => !leftOut.has(one.name) && (runs.get(one)?.length ?? 0) < wanted);
  if (open().length === 0) return;
  const deadlineMs = performance.now() + minutes * 60_000;
  const fits = (one: LiveCase): boolean =>
    performance.now() + 1000 * likelySeconds(one, runs.get(one) ?? [], time ?? one.time) < deadlineMs;
  const workspace = await openWorkspace(root);
  try {
    for (let round = 0; round < wanted; round += 1)
      for (const one of open().filter((other) => runs.get(other)?.length === round)) {
        if (!fits(one)) {
          log(`${one.name} · run ${round + 1} of ${wanted} left out: it might end after ${minutes} minutes`);
          continue;
        }
        log(`${one.name} · run ${round + 1} of ${wanted}`);
        const run = await runWithLoad(options, one, round, workspace, leftOut);
        if (run === null) continue;
        if (recordPath !== null) appendRun(recordPath, run);
        runs.get(one)?.push(run);
        log(`${one.name} · ${run.verdict} after ${run.seconds.toFixed(0)} s`);
      }
  } finally {
    workspace.remove();
  }
}

/** Null where the case cannot be measured here. */
async function runWithLoad(
  { root, time, keepDir, log, signal }: LiveOptions,
  one: LiveCase,
  run: number,
  workspace: Workspace,
  leftOut: Map<string, string>,
): Promise<LiveRun | null> {
  const unload = one.loaded ? loadMachine() : async () => {};
  try {
    const job = { root, workspace, keepDir, signal, one, run, time: time ?? one.time };
    return await runOnce({ ...job, log: (line) => log(`  ${line}`) });
  } catch (error) {
    if (signal.aborted || !(error instanceof NotMeasurableError)) throw error;
    leftOut.set(one.name, error.message);
    log(`${one.name} · left out: ${error.message}`);
    return null;
  } finally {
    await unload();
  }
}
