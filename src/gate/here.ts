/** The gate in a checkout on this machine, with the revisions that its repository knows. */

import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findWorkspace } from '../config/workspace.ts';
import { openRevisions } from '../git/open-revisions.ts';
import type { Env } from '../model/env.ts';
import type { GateResult } from './finish.ts';
import { runGate } from './gate.ts';

export interface GateHereOptions {
  configPath: string;
  outDir: string;
  baseline: string | null;
  /** A revision that the head is measured against, beside it in the same blocks; null for none. */
  base: string | null;
  continueFrom: string | null;
  seed: number | null;
  functions: string[] | null;
  timeMs: number | null;
  timeBudgetMs: number | null;
}

/** @throws BadInputError NotMeasurableError as `runGate`, and where there is no such base */
export async function gateHere(options: GateHereOptions, env: Env): Promise<GateResult> {
  const { configPath, outDir, baseline, base, continueFrom, seed, functions, timeMs, timeBudgetMs } = options;
  const { cacheDir, log, signal } = env;
  const revisions = await openRevisions({
    workspace: findWorkspaceOf(configPath),
    base: base === null ? null : { kind: 'given', revision: base },
    remote: null,
    cacheDir,
    log,
    signal,
  });
  try {
    return await runGate(
      {
        source: { configPath, functions, timeMs },
        outDir,
        baseline,
        remote: null,
        revisions,
        continueFrom,
        attempt: null,
        seed,
        timeBudgetMs,
        warnings: [],
        place: { configPath, outDir, baseline, continueFrom, timeMs, functions },
      },
      env,
    );
  } finally {
    await revisions.close();
  }
}

/** A directory that does not exist is reported where the configuration is read. */
function findWorkspaceOf(configPath: string): string {
  const directory = dirname(resolve(configPath));
  try {
    return findWorkspace(directory, realpathSync(directory)).root;
  } catch {
    return directory;
  }
}
