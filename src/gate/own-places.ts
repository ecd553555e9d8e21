/** Flow part: the directories of a run itself, which are no part of any function. */

import { dirname, resolve } from 'node:path';
import { isBranchStore } from '../baseline/open-store.ts';
import type { GateOptions } from './gate-options.ts';

/**
 * Absolute paths. An image that held what a run leaves would be another at each run. Samples that are carried on stand
 * where the earlier attempt had its `outDir`: with them in it the image would not be the one that it measured.
 */
export const ownPlaces = ({
  outDir,
  baseline,
  continueFrom,
}: Pick<GateOptions, 'outDir' | 'baseline' | 'continueFrom'>): string[] =>
  [outDir, baseline !== null && !isBranchStore(baseline) ? baseline : null, continueFrom ? dirname(continueFrom) : null]
    .filter((path) => path !== null)
    .map((path) => resolve(path));
