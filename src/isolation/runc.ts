/** A container as production runs it: runc, Docker's default seccomp profile and capabilities, its own namespaces. */

import { FUNCTION_UID, type Isolation, type IsolationConfig } from '../types.ts';
import { guestIs, hostIs, hostNamespaces, ownNamespaces, sameKernelAsHost } from './contradictions.ts';
import { startOci } from './oci-runtime.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireRoot } from './requirements.ts';

const BINARY = 'runc';
/** The bounding set of Docker's 14 default capabilities, as /proc/PID/status shows it (moby oci/caps/defaults.go). */
const DOCKER_CAPABILITY_MASK = '00000000a80425fb';

const RULES = [
  sameKernelAsHost,
  ownNamespaces('pid', 'mnt', 'net', 'uts', 'ipc'),
  hostNamespaces('user'),
  hostIs('uid', String(FUNCTION_UID)),
  hostIs('seccomp', '2'),
  hostIs('cap_eff', '0000000000000000'),
  hostIs('cap_bnd', DOCKER_CAPABILITY_MASK),
  hostIs('no_new_privs', '1'),
  guestIs('seccomp', '2'),
];

export function runcIsolation(config: IsolationConfig): Isolation {
  const runtime = {
    binary: BINARY,
    options: [],
    cgroupsPath: (cgroup: { containerPath: string }) => cgroup.containerPath,
    rules: RULES,
  };
  return {
    config,
    family: 'container',
    async probe() {
      const { version, missing } = await requireCommand({
        what: 'runc',
        command: BINARY,
        package: 'runc',
        atLeast: '1.1',
      });
      return { version, ...(missing ?? requireRoot('runc') ?? requireCgroup() ?? NOTHING_MISSING) };
    },
    start: (image, resources, context) => startOci(runtime, image, resources, context),
  };
}
