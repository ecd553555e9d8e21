/** A sandboxed process: bubblewrap with every namespace but the user's, the image read-only, no filter of system calls. */

import { findProgram } from '../../host/find-program.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Isolation } from '../../model/isolation.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import {
  guestIs,
  hostIs,
  hostKernelRules,
  hostNamespaces,
  NO_CAPABILITIES,
  ownNamespaces,
  rootOfImage,
} from '../evidence/contradictions.ts';
import { rootFact } from '../evidence/host-evidence.ts';
import { startAtHome } from '../instance-home.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireFreeUid, requireRoot } from '../requirements.ts';

import { startPiped } from './piped-instance.ts';

const BINARY = 'bwrap';
/** Of `--size` for a tmpfs (bubblewrap's NEWS). */
const AT_LEAST = '0.7';

const RULES = [
  ...hostKernelRules,
  ownNamespaces('pid', 'mnt', 'net', 'uts', 'ipc', 'cgroup'),
  hostNamespaces('user'),
  rootOfImage,
  hostIs('seccomp', '0'),
  hostIs('cap_bnd', NO_CAPABILITIES),
  hostIs('no_new_privs', '1'),
  guestIs('no_new_privs', '1'),
];

export function bubblewrapIsolation(config: IsolationConfig): Isolation {
  const binary = findProgram(BINARY) ?? BINARY;
  return {
    config,
    async probe() {
      const need = { what: 'bubblewrap', command: binary, package: 'bubblewrap', atLeast: AT_LEAST };
      const { version, missing } = await requireCommand(need);
      const more = missing ?? requireRoot('bubblewrap') ?? requireCgroup() ?? (await requireFreeUid(FUNCTION_UID));
      return { version, ...(more ?? NOTHING_MISSING) };
    },
    async start(image, resources, context) {
      const startedMs = performance.now();
      return startAtHome(context, { memoryBytes: resources.memoryBytes }, (home) =>
        startPiped({
          image,
          home,
          context,
          startedMs,
          command: [binary, ...bubblewrapArgs(image)],
          env: image.process.env,
          options: { dieWithParent: true },
          // bubblewrap stays outside as a monitor, and inside as the first process: neither is the function.
          created: async () => null,
          hostFacts: rootFact(image.rootfsDir),
          rules: RULES,
        }),
      );
    },
  };
}

/** As in the OCI bundle and in `agent launch --root`. */
const SHM_BYTES = 64 * 2 ** 20;

/** Of sysfs, which bubblewrap cannot mount anew, only what language runtimes read: CPUs, their caches, memory. */
const SYS_SHOWN = '/sys/devices/system';

/** In the image; becomes the user, which bubblewrap as root leaves to its command. */
const AGENT = '/.isogate/agent';

function bubblewrapArgs({ rootfsDir, process }: FunctionImage): string[] {
  const ids = ['--uid', String(process.uid), '--gid', String(process.gid)];
  return [
    ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup'],
    ...['--hostname', 'function', '--new-session', '--die-with-parent'],
    // For the change of user only: the agent drops these as well.
    ...['--cap-drop', 'ALL', ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`])],
    ...['--ro-bind', rootfsDir, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    // Made by itself, a directory would be closed to all but root.
    ...['--perms', '0755', '--tmpfs', '/sys', '--perms', '0755', '--dir', '/sys/devices'],
    ...['--ro-bind', SYS_SHOWN, SYS_SHOWN, '--remount-ro', '/sys'],
    ...['--perms', '1777', '--size', String(process.tmpBytes), '--tmpfs', '/tmp', '--chdir', process.cwd, '--'],
    ...[AGENT, 'launch', '--no-bounding-set', ...ids, '--', ...process.args],
  ];
}
