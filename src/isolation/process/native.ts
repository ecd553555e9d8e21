/** The control: the image's own tree by chroot in a private mount namespace, an unused uid, the same cgroup limits. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { IsolationConfig, Resources } from '../../model/config.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Instance, Isolation, StartContext } from '../../model/isolation.ts';
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
import { NOTHING_MISSING, requireCgroup, requireFreeUid, requireRoot } from '../requirements.ts';
import { launchArgs } from './launcher.ts';
import { CHANNEL_STDIO, startPiped } from './piped-instance.ts';

const RULES = (uid: number) => [
  sameKernelAsHost,
  hostNamespaces('pid', 'user', 'uts'),
  // No network, as in every arm, and nothing that outlives the instance (docs/adr/0003-native-has-no-network.md).
  ownNamespaces('mnt', 'net', 'ipc'),
  sameNamespacesInside,
  rootOfImage,
  hostIs('uid', String(uid)),
  hostIs('gid', String(uid)),
  hostIs('seccomp', '0'),
  hostIs('cap_eff', '0000000000000000'),
  guestIs('no_new_privs', '1'),
];

export function nativeIsolation(config: IsolationConfig): Isolation {
  return {
    config,
    family: 'process',
    async probe() {
      const version = null;
      const missing = requireRoot('native') ?? requireCgroup() ?? (await requireFreeUid(FUNCTION_UID));
      return { version, ...(missing ?? NOTHING_MISSING) };
    },
    async start(image: FunctionImage, resources: Resources, context: StartContext): Promise<Instance> {
      const startedMs = performance.now();
      return startAtHome(context, { memoryBytes: resources.memoryBytes }, async (home) => {
        const [file, args] = launchArgs(
          {
            agentPath: join(image.rootfsDir, '.isogate/agent'),
            cgroupProcs: home.cgroup.procsFiles,
            channel: true,
            root: image.rootfsDir,
            cwd: image.process.cwd,
            netns: true,
            ipcns: true,
            uid: image.process.uid,
            gid: image.process.gid,
            dieWithParent: true,
          },
          image.process.args,
        );
        const child = spawn(file, args, { env: image.process.env, cwd: '/', stdio: CHANNEL_STDIO });
        return startPiped({
          child,
          startedMs,
          home,
          startTimeoutMs: context.startTimeoutMs,
          signal: context.signal,
          created: async () => child.pid ?? 0,
          hostFacts: rootFact(image.rootfsDir),
          rules: RULES(image.process.uid),
        });
      });
    },
  };
}
