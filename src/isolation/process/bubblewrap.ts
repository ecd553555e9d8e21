/** A sandboxed process: bubblewrap with every namespace but the user's, the image read-only, no filter of system calls. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import {
  guestIs,
  hostIs,
  hostNamespaces,
  ownNamespaces,
  rootOfImage,
  sameKernelAsHost,
  sameNamespacesInside,
} from '../evidence/contradictions.ts';
import { rootFact } from '../evidence/host-evidence.ts';
import { startAtHome } from '../instance-home.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireFreeUid, requireRoot } from '../requirements.ts';
import { bubblewrapArgs } from './bubblewrap-args.ts';
import { launchArgs } from './launcher.ts';
import { CHANNEL_STDIO, startPiped } from './piped-instance.ts';

const BINARY = 'bwrap';
/** Of `--size` for a tmpfs (bubblewrap's NEWS). */
const AT_LEAST = '0.7';

const RULES = [
  sameKernelAsHost,
  ownNamespaces('pid', 'mnt', 'net', 'uts', 'ipc', 'cgroup'),
  hostNamespaces('user'),
  sameNamespacesInside,
  rootOfImage,
  hostIs('uid', String(FUNCTION_UID)),
  hostIs('gid', String(FUNCTION_UID)),
  hostIs('seccomp', '0'),
  hostIs('cap_eff', '0000000000000000'),
  hostIs('cap_bnd', '0000000000000000'),
  hostIs('no_new_privs', '1'),
  guestIs('no_new_privs', '1'),
];

export function bubblewrapIsolation(config: IsolationConfig): Isolation {
  const binary = findProgram(BINARY) ?? BINARY;
  return {
    config,
    family: 'process',
    async probe() {
      const need = { what: 'bubblewrap', command: binary, package: 'bubblewrap', atLeast: AT_LEAST };
      const { version, missing } = await requireCommand(need);
      const more = missing ?? requireRoot('bubblewrap') ?? requireCgroup() ?? (await requireFreeUid(FUNCTION_UID));
      return { version, ...(more ?? NOTHING_MISSING) };
    },
    async start(image, resources, context) {
      const startedMs = performance.now();
      return startAtHome(context, { memoryBytes: resources.memoryBytes }, async (home) => {
        const [file, args] = launchArgs(
          {
            agentPath: join(image.rootfsDir, '.isogate/agent'),
            cgroupProcs: home.cgroup.procsFiles,
            channel: true,
            dieWithParent: true,
          },
          [binary, ...bubblewrapArgs({ rootfsDir: image.rootfsDir, process: image.process })],
        );
        const child = spawn(file, args, { env: image.process.env, cwd: '/', stdio: CHANNEL_STDIO });
        return startPiped({
          child,
          startedMs,
          home,
          startTimeoutMs: context.startTimeoutMs,
          signal: context.signal,
          // bubblewrap stays outside as a monitor, and inside as the first process: neither is the function.
          created: async () => null,
          hostFacts: rootFact(image.rootfsDir),
          rules: RULES,
        });
      });
    },
  };
}
