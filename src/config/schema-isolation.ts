import * as v from 'valibot';
import { ISOLATION_FAMILIES, type IsolationType } from '../types.ts';
import { closed, flag, list, text, word } from './leaf.ts';

export const ISOLATION_TYPES = Object.keys(ISOLATION_FAMILIES) as IsolationType[];

/** Samples may come from a version that runs more than this one: to decide again, an isolation need not be run. */
export const SAMPLED_TYPES = [
  ...ISOLATION_TYPES,
  ...['bubblewrap', 'crun', 'docker', 'podman', 'kata', 'firecracker', 'cloud-hypervisor', 'qemu-q35'],
];

const OWN_KEYS = ['platform', 'accelerator', 'kernel'] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

const KEYS_BY_TYPE: Record<IsolationType, readonly OwnKey[]> = {
  native: [],
  runc: [],
  gvisor: ['platform'],
  'qemu-microvm': ['accelerator', 'kernel'],
};

/** Keys that only this type has; a type that is not run here may have any. */
export const keysOfType = (type: string): readonly OwnKey[] =>
  Object.hasOwn(KEYS_BY_TYPE, type) ? KEYS_BY_TYPE[type as IsolationType] : OWN_KEYS;

/** Settings of one isolation; `runc:` with nothing behind it means all defaults. */
export const isolationSchema = (types: readonly string[]) =>
  v.nullable(
    closed({
      type: v.pipe(v.optional(word(types)), v.description('Kind of isolation. Default: the name.')),
      required: v.pipe(
        v.optional(flag(), false),
        v.description('Whether a run in which it cannot work ends as not measured.'),
      ),
      platform: v.pipe(
        v.optional(word(['systrap', 'ptrace', 'kvm'])),
        v.description('gvisor: how it catches system calls. Default: systrap.'),
      ),
      accelerator: v.pipe(
        v.optional(list(word(['kvm', 'tcg']), 1, 2, 'a list of kvm, tcg, in order of preference')),
        v.description('VMs: kvm, or tcg (software emulation, not gated by default). Default: [kvm].'),
      ),
      kernel: v.pipe(
        v.optional(text('a path of an uncompressed guest kernel (vmlinux)')),
        v.description('VMs: guest kernel. Default: the one that scripts/setup-runner installed.'),
      ),
    }),
  );
export type IsolationDocument = NonNullable<v.InferOutput<ReturnType<typeof isolationSchema>>>;
