/** The table of adapters. */

import type { Isolation, IsolationConfig, IsolationType } from '../types.ts';
import { bubblewrapIsolation } from './bubblewrap.ts';
import { cloudHypervisorIsolation } from './cloud-hypervisor.ts';
import { crunIsolation } from './crun.ts';
import { dockerIsolation } from './docker.ts';
import { firecrackerIsolation } from './firecracker.ts';
import { gvisorIsolation } from './gvisor.ts';
import { kataIsolation } from './kata.ts';
import { nativeIsolation } from './native.ts';
import { podmanIsolation } from './podman.ts';
import { qemuMicrovmIsolation } from './qemu-microvm.ts';
import { qemuQ35Isolation } from './qemu-q35.ts';
import { runcIsolation } from './runc.ts';

type Accelerator = 'kvm' | 'tcg';

const ADAPTERS: Record<IsolationType, (config: IsolationConfig, accelerator: Accelerator) => Isolation> = {
  native: nativeIsolation,
  bubblewrap: bubblewrapIsolation,
  runc: runcIsolation,
  crun: crunIsolation,
  docker: dockerIsolation,
  podman: podmanIsolation,
  gvisor: gvisorIsolation,
  kata: kataIsolation,
  'qemu-microvm': qemuMicrovmIsolation,
  firecracker: firecrackerIsolation,
  'cloud-hypervisor': cloudHypervisorIsolation,
  'qemu-q35': qemuQ35Isolation,
};

/** `accelerator` matters to VMs only. */
export function createIsolation(config: IsolationConfig, accelerator: Accelerator = 'kvm'): Isolation {
  return ADAPTERS[config.type](config, accelerator);
}
