/** What a run writes is cleared before anything else, so that nothing which lay there is taken for it, however the run ends. */

import { tmpdir } from 'node:os';
import { isBranchStore } from '../baseline/open-store.ts';
import { isInside, realPath } from '../config/workspace.ts';
import { clearDirectory } from '../lib/clear-directory.ts';
import type { ActionInputs } from './inputs.ts';

const WRITTEN = ['samples.jsonl', 'verdict.json', 'report.md', 'report.html', 'probe.json'];

/**
 * The whole directory, unless it holds more than the run's own files: the checkout, the runner's own temporary files, or the
 * store of baselines.
 */
export async function clearOut(
  { outDir, workspace, workingDirectory, baseline }: ActionInputs,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const temp = realPath(env['RUNNER_TEMP'] || tmpdir(), '.') ?? '/';
  const others = [
    workspace,
    workingDirectory,
    temp,
    ...(baseline === null || isBranchStore(baseline) ? [] : [baseline]),
  ];
  await clearDirectory(outDir, others.some((path) => isInside(outDir, path)) ? WRITTEN : null);
}
