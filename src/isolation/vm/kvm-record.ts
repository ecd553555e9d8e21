/** What `npm run test:kvm` last showed on a machine whose KVM boots guests; it writes the file, nobody else does. */

import record from './kvm-record.json' with { type: 'json' };

/** One VMM's whole suite against the real binary, with its boots measured. */
export interface KvmResult {
  /** ISO 8601. */
  date: string;
  version: string;
  /** Distribution, kernel, CPU. */
  machine: string;
  guestKernel: string;
  passed: number;
  figures: KvmFigures[];
}

/** Of one way to run it (firecracker, firecracker-jailer, …); null where there is no such figure. */
export interface KvmFigures {
  part: string;
  boots: number;
  /** From the request to boot (from the VMM's start where nobody asks) to the agent's first words. */
  bootP50Ms: number;
  bootP99Ms: number;
  readyP50Ms: number;
  /** Firecracker's own boot timer: from the making of the machine to the guest's first process. */
  timerP50Ms: number | null;
  /** From the VMM's start to its API. */
  vmmWallP50Ms: number | null;
  vmmWallP99Ms: number | null;
  vmmCpuP50Ms: number | null;
  /** Resident in the VMM beside the guest's memory. */
  memoryP50Kb: number | null;
}

export const KVM_RECORD: Record<keyof typeof record, KvmResult | null> = record;

/** For the probe's notes: an adapter that nobody has seen at work is called so. */
export function untestedNotes(type: keyof typeof KVM_RECORD): string[] {
  if (KVM_RECORD[type] !== null) return [];
  return ['untested on the real binary: no run of `npm run test:kvm` is on record'];
}
