/** What `npm run test:kvm` is made of: every adapter that runs guests or a sandbox on KVM, in each of its ways. */

import type { KVM_RECORD } from '../src/isolation/vm/kvm-record.ts';
import type { IsolationConfig } from '../src/model/config.ts';
import type { IsolationType } from '../src/model/isolation-types.ts';

export type RecordedVmm = keyof typeof KVM_RECORD;

export interface KvmPart {
  name: string;
  config: IsolationConfig;
  /** Whose record it is a part of; null for what is no VMM. */
  recorded: RecordedVmm | null;
  /** How its program is started to do nothing but serve its API; null where it has none. */
  idle: { program: string; args: (socket: string) => string[] } | null;
}

const part = (
  name: string,
  type: IsolationType,
  recorded: RecordedVmm | null,
  own: Partial<IsolationConfig> = {},
  idle: KvmPart['idle'] = null,
): KvmPart => ({
  name,
  recorded,
  idle,
  config: {
    name,
    type,
    required: true,
    platform: 'kvm',
    runtime: null,
    accelerator: ['kvm'],
    kernel: null,
    pci: false,
    jailer: false,
    configure: 'api',
    ...own,
  },
});

const IDLE_FIRECRACKER: KvmPart['idle'] = {
  program: 'firecracker',
  args: (socket) => ['--api-sock', socket, '--id', 'isogate-idle'],
};
const IDLE_CLOUD_HYPERVISOR: KvmPart['idle'] = {
  program: 'cloud-hypervisor',
  args: (socket) => ['--api-socket', `path=${socket}`, '--seccomp', 'true'],
};

export const KVM_PARTS: KvmPart[] = [
  part('qemu-microvm', 'qemu-microvm', 'qemu-microvm'),
  part('qemu-q35', 'qemu-q35', 'qemu-q35'),
  part('firecracker', 'firecracker', 'firecracker', {}, IDLE_FIRECRACKER),
  part('firecracker-config-file', 'firecracker', 'firecracker', { configure: 'config-file' }),
  part('firecracker-pci', 'firecracker', 'firecracker', { pci: true }),
  part('firecracker-jailer', 'firecracker', 'firecracker', { jailer: true }),
  part('cloud-hypervisor', 'cloud-hypervisor', 'cloud-hypervisor', {}, IDLE_CLOUD_HYPERVISOR),
  part('gvisor-kvm', 'gvisor', null),
];
