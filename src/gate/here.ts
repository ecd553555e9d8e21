/** Flow: the gate in a checkout on this machine, with the revisions that its repository knows. */

import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findWorkspace } from '../config/workspace.ts';
import { openRevisions } from '../git/open-revisions.ts';
import { runGate } from './gate.ts';
import type { GateOptions, GateResult } from './gate-options.ts';

export interface GateHereOptions extends Omit<GateOptions, 'revisions'> {
  /** A revision that the head is measured against, beside it in the same blocks; null for none. */
  base: string | null;
}

/** @throws BadInputError NotMeasurableError as `runGate`, and where there is no such base */
export async function gateHere({ base, ...options }: GateHereOptions): Promise<GateResult> {
  const { cacheDir, log, signal } = options;
  const revisions = await openRevisions({
    workspace: workspaceOf(options.configPath),
    base: base === null ? null : { kind: 'given', revision: base },
    remote: null,
    ...{ cacheDir, log, signal },
  });
  try {
    return await runGate({ ...options, revisions });
  } finally {
    await revisions.close();
  }
}

/** A directory that is not there is told of where the configuration is read. */
const workspaceOf = (configPath: string): string => {
  const directory = dirname(resolve(configPath));
  try {
    return findWorkspace(directory, realpathSync(directory)).root;
  } catch {
    return directory;
  }
};
