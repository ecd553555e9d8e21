/** A container as production runs it: Docker's default seccomp profile and capabilities, its own namespaces. */

import { type Cgroup, cgroupVersion } from '../../host/cgroup.ts';
import { findProgram } from '../../host/find-program.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import {
  guestIs,
  hostIs,
  hostKernelRules,
  hostNamespaces,
  ownNamespaces,
  rootOfImage,
} from '../evidence/contradictions.ts';
import {
  type Missing,
  NOTHING_MISSING,
  requireCgroup,
  requireCommand,
  requirePureCgroup,
  requireRoot,
} from '../requirements.ts';
import { startOci } from './oci-runtime.ts';

/** The bounding set of Docker's 14 default capabilities, as /proc/PID/status shows it (moby oci/caps/defaults.go). */
const DOCKER_CAPABILITY_MASK = '00000000a80425fb';

/** Where the container's processes run on the host's kernel. */
export const containerRules = () => [
  ...hostKernelRules,
  ownNamespaces('pid', 'mnt', 'net', 'uts', 'ipc', ...(cgroupVersion() === 'v2' ? ['cgroup'] : [])),
  hostNamespaces('user'),
  hostIs('seccomp', '2'),
  hostIs('cap_bnd', DOCKER_CAPABILITY_MASK),
  hostIs('no_new_privs', '1'),
  guestIs('seccomp', '2'),
];

export interface ContainerRuntime {
  /** Also the name of its package. */
  binary: string;
  atLeast: string;
  /** What it needs of the host besides the program and root. */
  requireHost: () => Missing | null;
}

/** runc and those with runc's command line. */
function ociContainer(config: IsolationConfig, { binary: name, atLeast, requireHost }: ContainerRuntime): Isolation {
  const binary = findProgram(name) ?? name;
  return {
    config,
    async probe() {
      const { version, missing } = await requireCommand({ what: name, command: binary, package: name, atLeast });
      return { version, ...(missing ?? requireRoot(name) ?? requireHost() ?? NOTHING_MISSING) };
    },
    start(image, resources, context) {
      const cgroupsPath = (cgroup: Cgroup): string => cgroup.containerPath;
      const rules = [...containerRules(), rootOfImage];
      return startOci({ binary, options: [], cgroupsPath, showsRoot: true, rules }, image, resources, context);
    },
  };
}

export const runcIsolation = (config: IsolationConfig): Isolation =>
  ociContainer(config, { binary: 'runc', atLeast: '1.1', requireHost: requireCgroup });

/** The oldest of the supported distributions has 0.17. On hybrid hosts crun says `cgroups in hybrid mode not supported`. */
export const crunIsolation = (config: IsolationConfig): Isolation =>
  ociContainer(config, { binary: 'crun', atLeast: '0.17', requireHost: () => requirePureCgroup('crun') });
