import { removeKilledBuilds } from '../image/source/engine-builds.ts';
import { type Swept, sweep } from '../isolation/cleanup/sweep.ts';

/** Removes what dead runs left on this host: what their isolations left, and builds that were killed. */
export async function clean(log: (line: string) => void): Promise<Swept> {
  const swept = await sweep(log);
  return { ...swept, removed: [...swept.removed, ...(await removeKilledBuilds(log))] };
}
