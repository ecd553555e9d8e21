import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { unmountLeftovers } from '../../lib/mounts.ts';
import { isGone, ownIdentity } from '../../lib/process-identity.ts';
import { removeDeadBuildCgroups } from '../confine/confined-cgroup.ts';
import { type BuildEngine, removeEngineLeftovers } from './build-engine.ts';

/** Records lie beside the directories of runs; on a tmpfs, and only their owner may read them. */
const PLACE = '/run/isogate';
/** The same time as for runs (src/isolation/cleanup/sweep.ts). */
const GIVE_UP_MS = 7 * 24 * 3600e3;
const NAME = /^build-([0-9a-f]{32}-\d+-\d+)-[0-9a-f]+\.json$/;

const engineSchema = v.object({
  name: v.picklist(['docker', 'podman']),
  version: v.string(),
  program: v.string(),
  env: v.record(v.string(), v.string()),
});

/** Records that something is about to be made in an engine, so that it can be removed if this process is killed. */
export function recordBuild(engine: BuildEngine): { forget: () => void } {
  mkdirSync(PLACE, { recursive: true, mode: 0o755 });
  const file = join(PLACE, `build-${ownIdentity()}-${randomBytes(6).toString('hex')}.json`);
  // A proxy's address may hold a password, and is not needed to remove something.
  const env = Object.fromEntries(Object.entries(engine.env).filter(([name]) => !/_proxy$/i.test(name)));
  writeFileSync(file, JSON.stringify({ ...engine, env }), { mode: 0o600, flag: 'wx' });
  return { forget: () => rmSync(file, { force: true }) };
}

/**
 * Removes what killed builders left in engines. An engine that does not answer is asked again the next time.
 * @returns what was removed, a line for each engine
 */
export async function removeKilledBuilds(log: (line: string) => void): Promise<string[]> {
  const removed: string[] = [];
  // Many builds may have used one engine: if it hangs, it is waited for once and logged once.
  const answers = new Map<string, Promise<boolean>>();
  const emptied = (engine: BuildEngine): Promise<boolean> => {
    const key = JSON.stringify(engine);
    const answer = answers.get(key) ?? removeEngineLeftovers(engine, log);
    answers.set(key, answer);
    return answer;
  };
  for (const name of listPlace()) {
    const owner = NAME.exec(name)?.[1];
    if (owner === undefined || !isGone(owner)) continue;
    const file = join(PLACE, name);
    const text = readIfThere(file);
    if (text === null) continue;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), engineSchema), text.content);
    if (parsed.success && !(await emptied(parsed.output)) && Date.now() - text.atMs < GIVE_UP_MS) continue;
    rmSync(file, { force: true });
    if (parsed.success) removed.push(`what a killed build left in ${parsed.output.name}`);
  }
  const cgroups = removeDeadBuildCgroups();
  if (cgroups > 0) removed.push(`${cgroups} cgroups of killed builds`);
  const mounts = await unmountLeftovers();
  if (mounts > 0) removed.push(`${mounts} mounts of killed builds`);
  return removed;
}

/** Another process may remove it at the same time. */
function readIfThere(file: string): { content: string; atMs: number } | null {
  try {
    return { content: readFileSync(file, 'utf8'), atMs: statSync(file).mtimeMs };
  } catch {
    return null;
  }
}

function listPlace(): string[] {
  try {
    return readdirSync(PLACE);
  } catch {
    return [];
  }
}
