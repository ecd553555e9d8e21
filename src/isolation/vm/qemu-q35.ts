/** The traditional VM: QEMU's PC with chipset, firmware, ACPI and PCI, and a boot image that the firmware starts. */

import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { qemuIsolation } from './qemu.ts';

export const qemuQ35Isolation = (config: IsolationConfig, accelerator: 'kvm' | 'tcg'): Isolation =>
  qemuIsolation(config, accelerator, { machine: 'q35' });
