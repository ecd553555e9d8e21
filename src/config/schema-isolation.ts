import * as v from 'valibot';
import { ISOLATION_FAMILIES, type IsolationType } from '../model/isolation-types.ts';
import { closed, flag, list, matching, text, word } from './leaf.ts';
import { show } from './problems.ts';

export const ISOLATION_TYPES = Object.keys(ISOLATION_FAMILIES) as IsolationType[];

export const OWN_KEYS = ['platform', 'runtime', 'accelerator', 'kernel', 'pci', 'jailer', 'configure'] as const;
type OwnKey = (typeof OWN_KEYS)[number];

const KEYS_BY_TYPE: Record<IsolationType, readonly OwnKey[]> = {
  native: [],
  bubblewrap: [],
  runc: [],
  crun: [],
  docker: ['runtime'],
  podman: ['runtime'],
  gvisor: ['platform'],
  kata: [],
  'qemu-microvm': ['accelerator', 'kernel'],
  'qemu-q35': ['accelerator', 'kernel'],
  firecracker: ['kernel', 'pci', 'jailer', 'configure'],
  'cloud-hypervisor': ['kernel'],
};

/** The keys that this type has beside those of every type. */
export const keysOfType = (type: IsolationType): readonly OwnKey[] => KEYS_BY_TYPE[type];

const runtimeName = () =>
  matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'the name of a runtime that the engine knows, such as crun or runsc');

const KERNEL_FORMS =
  'a path of a guest kernel (vmlinux or bzImage), or { url: https://…, sha256: 64 hexadecimal digits }';

const kernelSource = () =>
  v.union(
    [
      text(KERNEL_FORMS),
      closed({
        url: matching(/^https?:\/\/[!-~]{1,2000}$/, 'an http or https address'),
        sha256: matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case'),
      }),
    ],
    (issue) => `${show(issue.input)}: not accepted; accepted: ${KERNEL_FORMS}`,
  );

/** Settings of one isolation; an empty value (`runc:`) means all defaults. */
export const isolationSchema = v.nullable(
  closed({
    type: v.pipe(v.optional(word(ISOLATION_TYPES)), v.description('Kind of isolation. Default: the name.')),
    required: v.pipe(
      v.optional(flag()),
      v.description('Whether a run in which it cannot work ends as not measured. Default: true where it has a limit.'),
    ),
    platform: v.pipe(
      v.optional(word(['systrap', 'ptrace', 'kvm'])),
      v.description('gvisor: how it catches system calls. Default: systrap.'),
    ),
    runtime: v.pipe(
      v.optional(runtimeName()),
      v.description('docker, podman: name of a runtime that the engine is configured with. Default: the engine’s own.'),
    ),
    accelerator: v.pipe(
      v.optional(list(word(['kvm', 'tcg']), 1, 2, 'a list of kvm, tcg, in order of preference')),
      v.description('QEMU: kvm, or tcg (software emulation, not gated by default). Default: [kvm].'),
    ),
    kernel: v.pipe(
      v.optional(kernelSource()),
      v.description('VMs: guest kernel. Default: the one that scripts/setup-runner installed.'),
    ),
    pci: v.pipe(v.optional(flag()), v.description('firecracker: virtio over PCI instead of MMIO. Default: false.')),
    jailer: v.pipe(v.optional(flag()), v.description('firecracker: started by the jailer. Default: false.')),
    configure: v.pipe(
      v.optional(word(['api', 'config-file'])),
      v.description('firecracker: how it is told what to run. Default: api.'),
    ),
  }),
);
export type IsolationDocument = NonNullable<v.InferOutput<typeof isolationSchema>>;
