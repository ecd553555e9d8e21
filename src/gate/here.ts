/** The gate in a checkout on this machine, with the revisions that its repository knows. */

import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findWorkspace } from '../config/workspace.ts';
import { openRevisions } from '../git/open-revisions.ts';
import type { Env } from '../model/env.ts';
import type { ConfigSource } from './config.ts';
import type { GateResult } from './finish.ts';
import { type GateRequest, runGate } from './gate.ts';
import { fromEnvironment } from './runner-env.ts';

export interface GateHereOptions
  extends Pick<GateRequest, 'outDir' | 'baseline' | 'continueFrom' | 'seed' | 'timeBudgetMs'>,
    Pick<ConfigSource, 'configPath' | 'functions' | 'timeMs'> {
  /** A revision that the head is measured against, beside it in the same blocks; null for none. */
  base: string | null;
}

/** @throws BadInputError NotMeasurableError as `runGate`, and where there is no such base */
export async function gateHere(options: GateHereOptions, env: Env): Promise<GateResult> {
  const { configPath, functions, timeMs, base, ...request } = options;
  const wanted = base === null ? null : { kind: 'given' as const, revision: base };
  const workspace = findWorkspaceOf(configPath);
  const revisions = await openRevisions({ workspace, base: wanted, remote: null }, env);
  try {
    // Whoever starts it by hand gives it their own environment and their own configuration.
    const source = { configPath, functions, timeMs, runner: fromEnvironment(process.env) };
    const known = {
      ...{ revisions, remote: null, attempt: null, unseenAttempts: null, workflow: null },
      ...{ isDecidedElsewhere: false, warnings: [], place: options },
    };
    return await runGate({ ...request, ...known, source }, env);
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
