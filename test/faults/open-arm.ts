/** What a type needs around it in tests: a private daemon for Docker, a stand-in for a VMM that is not here. */

import type { IsolationType } from '../../src/model/isolation-types.ts';
import { isolationOf } from '../support/null-bench.ts';
import { noDaemon, openDaemon } from '../support/private-daemon.ts';
import { installStandIn } from '../support/vmm-stand-in/install.ts';

export interface TestArm {
  /** Why it cannot run here, or null. */
  unusable: string | null;
  /** Containers and images of a run that an engine still knows. */
  objects(runId: string): Promise<string[]>;
  stopDaemon(): Promise<void>;
  startDaemon(): Promise<void>;
  close(): Promise<void>;
}

export function openArm(type: IsolationType): Promise<TestArm> {
  if (type === 'docker') return dockerArm();
  if (type === 'firecracker' || type === 'cloud-hypervisor') return standInArm(type);
  return plainArm(type);
}

const nothing = async (): Promise<void> => {};

async function plainArm(type: IsolationType): Promise<TestArm> {
  const { reason } = await isolationOf(type).probe();
  return { unusable: reason, objects: async () => [], stopDaemon: nothing, startDaemon: nothing, close: nothing };
}

async function standInArm(type: 'firecracker' | 'cloud-hypervisor'): Promise<TestArm> {
  const standIn = await installStandIn(type);
  if (typeof standIn === 'string') return { ...(await plainArm('native')), unusable: standIn };
  const arm = await plainArm(type);
  return { ...arm, close: async () => standIn.remove() };
}

async function dockerArm(): Promise<TestArm> {
  const problem = noDaemon();
  if (problem !== null) return { ...(await plainArm('native')), unusable: problem };
  const daemon = await openDaemon();
  const before = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = daemon.host;
  const { reason } = await isolationOf('docker').probe();
  return {
    unusable: reason,
    objects: async (runId) =>
      ['container', 'image'].flatMap((kind) =>
        daemon
          .docker(kind, 'ls', '--all', '--quiet', '--filter', `label=isogate.run=${runId}`)
          .split('\n')
          .filter(Boolean)
          .map((id) => `${kind} ${id}`),
      ),
    stopDaemon: () => daemon.kill(),
    startDaemon: () => daemon.start(),
    async close() {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
      await daemon.close();
    },
  };
}
