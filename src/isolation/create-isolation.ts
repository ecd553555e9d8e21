/** The table of adapters. */

import type { IsolationConfig } from '../model/config.ts';
import type { Isolation } from '../model/isolation.ts';
import type { IsolationType } from '../model/isolation-types.ts';
import { dockerIsolation } from './engine/docker.ts';
import { kataIsolation } from './engine/kata.ts';
import { podmanIsolation } from './engine/podman.ts';
import { gvisorIsolation } from './oci/gvisor.ts';
import { crunIsolation, runcIsolation } from './oci/oci-container.ts';
import { bubblewrapIsolation } from './process/bubblewrap.ts';
import { nativeIsolation } from './process/native.ts';
import { cloudHypervisorIsolation } from './vm/cloud-hypervisor.ts';
import { firecrackerIsolation } from './vm/firecracker.ts';
import { qemuMicrovmIsolation, qemuQ35Isolation } from './vm/qemu.ts';

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
