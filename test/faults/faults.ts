/** The faults and the isolations that each applies to; which of them a run takes. */

import type { IsolationType } from '../../src/model/isolation-types.ts';
import { isVm } from '../support/arms.ts';
import { KILL_PHASES, type KillPhase } from './run-harness.ts';

export const TYPES = [
  'native',
  'bubblewrap',
  'runc',
  'docker',
  'podman',
  'gvisor',
  'qemu-microvm',
  'qemu-q35',
  'firecracker',
  'cloud-hypervisor',
] as const satisfies IsolationType[];

export type Fault =
  | `killed in ${KillPhase}`
  | 'runtime killed'
  | 'kernel panic'
  | 'daemon stopped'
  | 'disk full'
  | 'out of memory'
  | '50 starts';

export const FAULTS: { fault: Fault; applies: (type: IsolationType) => boolean }[] = [
  ...KILL_PHASES.map((phase) => ({
    fault: `killed in ${phase}` as const,
    // Without a kernel of its own nothing boots; what is built is the same for all.
    applies: (type: IsolationType) => (phase === 'boot' ? isVm(type) : phase !== 'image build' || type === 'native'),
  })),
  { fault: 'runtime killed', applies: () => true },
  { fault: 'kernel panic', applies: isVm },
  { fault: 'daemon stopped', applies: (type) => type === 'docker' },
  { fault: 'disk full', applies: () => true },
  { fault: 'out of memory', applies: () => true },
  { fault: '50 starts', applies: () => true },
];

/** All pairs in a full run; else each fault once, on one isolation after another. */
export function pairs(full: boolean): { fault: Fault; type: IsolationType }[] {
  return FAULTS.flatMap(({ fault, applies }, index) => {
    const types = TYPES.filter(applies);
    const taken = full ? types : [types[(index + 1) % types.length] as IsolationType];
    return taken.map((type) => ({ fault, type }));
  });
}
