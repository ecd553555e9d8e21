/** Blocks of one case by the product's own loop; only the treatments are asked for more work. */

import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import { listRuntimes } from '../../src/gate/images.ts';
import { measureFunctions } from '../../src/gate/measure.ts';
import type { MeasureJob } from '../../src/gate/measure-job.ts';
import { startTimeBudget } from '../../src/gate/time-budget.ts';
import type { Samples, SamplesHeader } from '../../src/model/samples.ts';
import type { ProvenHost } from '../../src/probe/prove-host.ts';
import type { LiveCase } from './cases.ts';
import { CONTROL } from './live-document.ts';
import { type Slowdown, slowIsolation } from './slow-isolation.ts';
import type { Workspace } from './workspace.ts';

export interface LiveJob {
  one: LiveCase;
  /** From 0. */
  run: number;
  time: string;
  root: string;
  workspace: Workspace;
  /** Where the run's samples are kept; null for not at all. */
  keepDir: string | null;
  log: (line: string) => void;
  signal: AbortSignal;
}

export const slowTreatments = (one: LiveCase, proven: ProvenHost, slowdown: Slowdown): ProvenHost => ({
  ...proven,
  isolations: new Map(
    [...proven.isolations].map(([name, isolation]) => {
      const isSlowed = one.injection.kind !== 'none' && name !== CONTROL;
      return [name, isSlowed ? slowIsolation(isolation, slowdown) : isolation];
    }),
  ),
});

/** As the gate does, from the header to the end record. */
export async function measureCase(
  { one, run, workspace, keepDir, log, signal }: LiveJob,
  { config, built, claim, proven }: Pick<MeasureJob, 'config' | 'built' | 'claim' | 'proven'>,
): Promise<Samples> {
  const fingerprint = await proven.fingerprint(listRuntimes(built));
  const facts = { gate: config.name, probe: proven.probes, baseline: [], fingerprint };
  const header: SamplesHeader = {
    ...{ type: 'header', schema: 'isogate.samples/1', runId: claim.runId, attempt: 1 },
    ...{ config: config.document, looks: declareLooks(config, facts), ...facts, seed: randomInt(2 ** 31) },
  };
  const path = join(keepDir ?? workspace.directory, `${one.name}-${run}-${claim.runId}.jsonl`);
  const budget = startTimeBudget(null, signal);
  const job = { config, built, base: null, proven, claim, header, earlier: null, key: null, path, budget };
  return measureFunctions(job, { log, signal });
}
