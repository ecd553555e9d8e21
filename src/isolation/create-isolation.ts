/** The table of isolation types: what makes one, and what it needs of the host. */

import type { IsolationConfig } from '../model/config.ts';
import type { Isolation } from '../model/isolation.ts';
import type { Accelerator, IsolationType } from '../model/isolation-types.ts';
import { dockerIsolation } from './engine/docker.ts';
import { kataIsolation } from './engine/kata.ts';
import { podmanIsolation } from './engine/podman.ts';
import { gvisorIsolation } from './oci/gvisor.ts';
import { crunIsolation, runcIsolation } from './oci/oci-container.ts';
import { bubblewrapIsolation } from './process/bubblewrap.ts';
import { nativeIsolation } from './process/native.ts';
import { cloudHypervisorIsolation } from './vm/cloud-hypervisor.ts';
import { firecrackerIsolation } from './vm/firecracker.ts';
import { type QemuFlavour, qemuIsolation } from './vm/qemu.ts';

interface Adapter {
  create: (config: IsolationConfig, accelerator: Accelerator) => Isolation;
  /** Programs of the host that take part in a start: a proof no longer holds when one of them changes. */
  programs: string[];
}

const underQemu =
  (machine: QemuFlavour['machine']): Adapter['create'] =>
  (config, accelerator) =>
    qemuIsolation(config, accelerator, { machine });

const ADAPTERS: Record<IsolationType, Adapter> = {
  native: { create: nativeIsolation, programs: [] },
  bubblewrap: { create: bubblewrapIsolation, programs: ['bwrap'] },
  runc: { create: runcIsolation, programs: ['runc'] },
  crun: { create: crunIsolation, programs: ['crun'] },
  docker: {
    create: dockerIsolation,
    programs: ['docker', 'dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc', 'crun', 'runsc'],
  },
  podman: { create: podmanIsolation, programs: ['podman', 'conmon', 'runc', 'crun', 'runsc'] },
  gvisor: { create: gvisorIsolation, programs: ['runsc'] },
  kata: {
    create: kataIsolation,
    programs: ['docker', 'dockerd', 'containerd', 'kata-runtime', 'containerd-shim-kata-v2'],
  },
  'qemu-microvm': { create: underQemu('microvm'), programs: ['qemu-system-x86_64'] },
  firecracker: { create: firecrackerIsolation, programs: ['firecracker', 'jailer'] },
  'cloud-hypervisor': { create: cloudHypervisorIsolation, programs: ['cloud-hypervisor'] },
  'qemu-q35': { create: underQemu('q35'), programs: ['qemu-system-x86_64'] },
};

/** `accelerator` matters to VMs only. */
export const createIsolation = (config: IsolationConfig, accelerator: Accelerator = 'kvm'): Isolation =>
  ADAPTERS[config.type].create(config, accelerator);

export const listPrograms = (type: IsolationType): string[] => ADAPTERS[type].programs;
