import * as v from 'valibot';
import { ISOLATION_FAMILIES, type IsolationType } from '../types.ts';
import { closed, flag, list, text, word } from './leaf.ts';

export const ISOLATION_TYPES = Object.keys(ISOLATION_FAMILIES) as IsolationType[];

/** Which of the keys below are for one type only; checked in parseConfig, where the type is known. */
export const KEYS_BY_TYPE: Record<IsolationType, readonly ('platform' | 'accelerator' | 'kernel')[]> = {
  native: [],
  runc: [],
  gvisor: ['platform'],
  'qemu-microvm': ['accelerator', 'kernel'],
};

/** Settings of one isolation; `runc:` with nothing behind it means all defaults. */
export const isolationSchema = v.nullable(
  closed({
    type: v.pipe(v.optional(word(ISOLATION_TYPES)), v.description('Kind of isolation. Default: the name.')),
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
export type IsolationDocument = NonNullable<v.InferOutput<typeof isolationSchema>>;
