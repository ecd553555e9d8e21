/** What a type needs around it in tests: a private daemon for Docker, a store for Podman; nothing for the others. */

import type { IsolationType } from '../../src/types.ts';
import { isolationOf } from '../support/null-bench.ts';

export interface TestArm {
  /** Why it cannot run here, or null. */
  unusable: string | null;
  /** Containers and images of a run that an engine still knows. */
  objects(runId: string): Promise<string[]>;
  stopDaemon(): Promise<void>;
  startDaemon(): Promise<void>;
  close(): Promise<void>;
}

export async function openArm(type: IsolationType): Promise<TestArm> {
  const { reason } = await isolationOf(type).probe();
  return {
    unusable: reason,
    objects: async () => [],
    stopDaemon: async () => {},
    startDaemon: async () => {},
    close: async () => {},
  };
}
