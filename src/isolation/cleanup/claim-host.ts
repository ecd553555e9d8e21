/** Claims this host for one run: the lock, a sweep of dead runs, a run id, and the harness off the instances' CPUs. */

import { cpuSiblings, pinHarness, planCpus } from '../../host/cpus.ts';
import { takeHostLock } from '../../host/host-lock.ts';
import { registerRun } from '../../host/run-registry.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import type { StartContext } from '../../model/isolation.ts';
import type { Warning } from '../../model/warnings.ts';
import { removeRun, sweep } from './sweep.ts';

export interface HostClaim {
  runId: string;
  directory: string;
  cpuset: number[];
  warnings: Warning[];
  /** How long another run had to be waited for. */
  waitedMs: number;
  nextContext(startTimeoutMs: number): StartContext;
  /** Removes whatever is left of this run, then lets the lock go. */
  release(): Promise<void>;
}

/** @throws NotMeasurableError without root, or when the lock cannot be had */
export async function claimHost(cpus: number, log: (line: string) => void, signal: AbortSignal): Promise<HostClaim> {
  const uid = process.geteuid?.();
  if (uid !== 0)
    throw new NotMeasurableError(
      `cgroups, namespaces and a user for functions need root, and this is uid ${uid}; run it as root`,
    );
  const lock = await takeHostLock(log, signal);
  try {
    await sweep(log);
    const run = await registerRun();
    const plan = planCpus(await cpuSiblings(), cpus);
    const unpin = await pinHarness(plan.harness);
    let instances = 0;
    return {
      runId: run.runId,
      directory: run.directory,
      cpuset: plan.instance,
      warnings: plan.warnings,
      waitedMs: lock.waitedMs,
      nextContext(startTimeoutMs) {
        const instanceId = `${run.runId}-${instances++}`;
        return {
          instanceId,
          runId: run.runId,
          instanceDir: `${run.directory}/${instanceId}`,
          cpuset: plan.instance,
          startTimeoutMs,
          signal,
        };
      },
      async release() {
        try {
          await unpin();
          const pending = await removeRun(run.runId);
          if (pending !== null) log(pending);
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
