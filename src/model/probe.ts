/** What the probe finds out about the host and its isolations. */

import type { Accelerator, IsolationType } from './isolation-types.ts';
import type { Warning } from './warnings.ts';

export interface ProbeResult {
  isolation: string;
  type: IsolationType;
  usable: boolean;
  /** Version line of the runtime or VMM, null where there is none. */
  version: string | null;
  /** Only where `usable` is false: what is wrong, and the command that would fix it. */
  reason: string | null;
  fix: string | null;
  /** VMs: the accelerator under which a guest truly booted. */
  accelerator: Accelerator | null;
  /** Numbers from emulated hardware; marked wherever they stand. */
  emulated: boolean;
  /** Milliseconds from start to first response of the null workload that proved it. */
  provedMs: number | null;
  notes: string[];
  /** ISO 8601; only where an earlier run on this machine proved it, and nothing that it depends on has changed. */
  provedAt?: string;
}

/** Flat, so that two can be compared key by key and the difference named. */
export type Fingerprint = Record<string, string>;

export interface HostFacts {
  cpuModel: string;
  cpus: number;
  memoryBytes: number;
  kernel: string;
  cgroup: 'v1' | 'v2' | 'none';
  virtualised: string | null;
  mitigations: Record<string, string>;
  loadAverage: number;
  warnings: Warning[];
  /** Absent in samples: what people and scripts ask of `isogate probe`, and warnings are made of. */
  details?: HostDetails;
}

/** Null: the kernel does not say. */
export interface HostDetails {
  microcode: string | null;
  sockets: number;
  cores: number;
  /** More than one thread a core; `off` where the CPU could. */
  smt: 'on' | 'off' | 'none';
  /** Of all CPUs; several where they differ. */
  governors: string[];
  energyPreferences: string[];
  turbo: 'on' | 'off' | null;
  /** Modules that offer KVM, each with what it says of nesting. */
  kvm: string[];
  cgroupLayout: 'v2' | 'hybrid' | 'v1' | 'none';
  availableMemoryBytes: number | null;
  swapUsedBytes: number;
  numaNodes: number;
  clocksource: string | null;
  clocksources: string[];
  ksm: boolean | null;
  transparentHugePages: string | null;
  entropyBits: number | null;
  /** Share of the last ten seconds in which something waited (PSI some avg10), in percent. */
  pressurePercent: { cpu: number | null; memory: number | null; io: number | null };
  /** Share of the CPUs' time that the hypervisor gave to others while the probe ran, in percent. */
  stealPercent: number | null;
  /** Containers and VMs of others that run now: program and process id. */
  otherGuests: string[];
}
