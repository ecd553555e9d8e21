/** Flow: removes what dead runs left on this host. */

import { removeKilledBuilds } from '../image/source/engine-builds.ts';
import { type Swept, sweep } from '../isolation/cleanup/sweep.ts';

export interface CleanOptions {
  log: (line: string) => void;
}

export async function clean({ log }: CleanOptions): Promise<Swept> {
  const swept = await sweep(log);
  return { ...swept, removed: [...swept.removed, ...(await removeKilledBuilds(log))] };
}
