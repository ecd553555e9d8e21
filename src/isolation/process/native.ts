/** The control: the image's own tree by chroot in a private mount namespace, an unused uid, the same cgroup limits. */

import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import {
  guestIs,
  hostIs,
  hostKernelRules,
  hostNamespaces,
  ownNamespaces,
  rootOfImage,
} from '../evidence/contradictions.ts';
import { rootFact } from '../evidence/host-evidence.ts';
import { startAtHome } from '../instance-home.ts';
import { NOTHING_MISSING, requireCgroup, requireFreeUid, requireRoot } from '../requirements.ts';
import { startPiped } from './piped-instance.ts';

const RULES = [
  ...hostKernelRules,
  hostNamespaces('pid', 'user', 'uts'),
  // No network, as in every arm, and nothing that outlives the instance (docs/adr/0003-native-has-no-network.md).
  ownNamespaces('mnt', 'net', 'ipc'),
  rootOfImage,
  hostIs('seccomp', '0'),
  guestIs('no_new_privs', '1'),
];

export function nativeIsolation(config: IsolationConfig): Isolation {
  return {
    config,
    async probe() {
      const version = null;
      const missing = requireRoot('native') ?? requireCgroup() ?? (await requireFreeUid(FUNCTION_UID));
      return { version, ...(missing ?? NOTHING_MISSING) };
    },
    async start(image, resources, context) {
      const startedMs = performance.now();
      const { args, env, cwd, uid, gid, tmpBytes } = image.process;
      return startAtHome(context, { memoryBytes: resources.memoryBytes }, (home) =>
        startPiped({
          image,
          home,
          context,
          startedMs,
          command: args,
          env,
          options: { root: image.rootfsDir, tmpBytes, cwd, netns: true, ipcns: true, uid, gid, dieWithParent: true },
          created: async (child) => child.pid ?? 0,
          hostFacts: rootFact(image.rootfsDir),
          rules: RULES,
        }),
      );
    },
  };
}
