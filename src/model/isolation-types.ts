/** The types of isolation that Isogate knows, each with its family. */

export type IsolationFamily = 'process' | 'container' | 'sandbox' | 'microvm' | 'vm';

export const ISOLATION_FAMILIES = {
  native: 'process',
  bubblewrap: 'process',
  runc: 'container',
  crun: 'container',
  docker: 'container',
  podman: 'container',
  gvisor: 'sandbox',
  kata: 'sandbox',
  'qemu-microvm': 'microvm',
  firecracker: 'microvm',
  'cloud-hypervisor': 'microvm',
  'qemu-q35': 'vm',
} as const satisfies Record<string, IsolationFamily>;

export type IsolationType = keyof typeof ISOLATION_FAMILIES;

/** What runs a guest's CPU: hardware virtualisation, or QEMU's emulation. */
export type Accelerator = 'kvm' | 'tcg';
