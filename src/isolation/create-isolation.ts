/** The table of adapters. */

import type { Isolation, IsolationConfig, IsolationType } from '../types.ts';
import { cloudHypervisorIsolation } from './cloud-hypervisor.ts';
import { gvisorIsolation } from './gvisor.ts';
import { nativeIsolation } from './native.ts';
import { qemuMicrovmIsolation } from './qemu-microvm.ts';
import { runcIsolation } from './runc.ts';
import { unbuiltIsolation } from './unbuilt.ts';

type Accelerator = 'kvm' | 'tcg';

const ADAPTERS: Record<IsolationType, (config: IsolationConfig, accelerator: Accelerator) => Isolation> = {
  native: nativeIsolation,
  bubblewrap: unbuiltIsolation,
  runc: runcIsolation,
  crun: unbuiltIsolation,
  docker: unbuiltIsolation,
  podman: unbuiltIsolation,
  gvisor: gvisorIsolation,
  kata: unbuiltIsolation,
  'qemu-microvm': qemuMicrovmIsolation,
  firecracker: unbuiltIsolation,
  'cloud-hypervisor': cloudHypervisorIsolation,
  'qemu-q35': unbuiltIsolation,
};

/** `accelerator` matters to VMs only. */
export function createIsolation(config: IsolationConfig, accelerator: Accelerator = 'kvm'): Isolation {
  return ADAPTERS[config.type](config, accelerator);
}
