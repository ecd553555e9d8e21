/** Flow: removes what dead runs left on this host. */

import { type Swept, sweep } from './isolation/sweep.ts';

export interface CleanOptions {
  log: (line: string) => void;
}

export const clean = (options: CleanOptions): Promise<Swept> => sweep(options.log);
