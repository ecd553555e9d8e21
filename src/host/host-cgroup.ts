import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** What of cgroups an OCI config depends on. */
export interface HostCgroup {
  version: 'v1' | 'v2';
  /** Whether swap is accounted for, so that a limit on it is not refused. */
  swap: boolean;
}

export function readHostCgroup(root = ROOT): HostCgroup {
  if (!existsSync(join(root, 'cgroup.controllers')))
    return { version: 'v1', swap: existsSync(join(root, 'memory/memory.memsw.limit_in_bytes')) };
  // The root group has no limits of its own: any group below shows whether there are some.
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return { version: 'v2', swap: below.some((entry) => existsSync(join(root, entry.name, 'memory.swap.max'))) };
}
