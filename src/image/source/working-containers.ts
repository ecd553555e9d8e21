import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';

/** What Podman's builder (buildah) notes of a container that it builds in; Podman 4.3 to 5. */
const stateSchema = v.object({ CommonBuildOpts: v.object({ CgroupParent: v.string() }) });

/**
 * Containers that Podman builds in. They have no labels, and a build that is killed leaves them; whose they are is told by
 * the cgroup that the build was given (build-cgroup.ts).
 *
 * @param ask runs a command of Podman's
 * @param isOurs of the name of a cgroup
 * @returns ids, as far as the store can be read
 */
export async function listWorkingContainers(
  ask: (args: string[]) => Promise<string>,
  isOurs: (cgroup: string) => boolean,
): Promise<string[]> {
  // Podman 4.3 ignores filters with --external.
  const ids = (await ask(['ps', '--all', '--external', '--no-trunc', '--quiet'])).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const store = await ask(['info', '--format', '{{.Store.GraphRoot}}/{{.Store.GraphDriverName}}-containers']);
  return ids.filter((id) => {
    const cgroup = cgroupOf(join(store, id, 'userdata/buildah.json'));
    return cgroup !== null && isOurs(cgroup);
  });
}

function cgroupOf(file: string): string | null {
  try {
    return basename(v.parse(stateSchema, JSON.parse(readFileSync(file, 'utf8'))).CommonBuildOpts.CgroupParent);
  } catch {
    // No container of a build, or it is gone meanwhile.
    return null;
  }
}
