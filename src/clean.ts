/** Flow: removes what dead runs left on this host. */

import { sweep } from './isolation/sweep.ts';

export interface CleanOptions {
  log: (line: string) => void;
}

export const clean = (options: CleanOptions): Promise<{ removed: string[]; alive: string[] }> => sweep(options.log);
