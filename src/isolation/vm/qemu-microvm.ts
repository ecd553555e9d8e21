/** A microVM: QEMU's machine that has no chipset and no PCI, started straight at the kernel's own entry point. */

import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { qemuIsolation } from './qemu.ts';

export const qemuMicrovmIsolation = (config: IsolationConfig, accelerator: 'kvm' | 'tcg'): Isolation =>
  qemuIsolation(config, accelerator, { machine: 'microvm' });
