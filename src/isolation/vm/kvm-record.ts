/** Results of the last `npm run test:kvm` on a machine whose KVM boots guests; that command alone writes the file. */

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
  /** From the request to boot (from the VMM's start where there is no such request) to the agent's first words. */
  bootP50Ms: number;
  bootP99Ms: number;
  readyP50Ms: number;
  /** Firecracker's own boot timer: from the making of the machine to the guest's first process. */
  timerP50Ms: number | null;
  /** From the VMM's start to its API. */
  vmmWallP50Ms: number | null;
  vmmWallP99Ms: number | null;
  vmmCpuP50Ms: number | null;
  /** Resident in the VMM, without the guest's memory. */
  memoryP50Kb: number | null;
}

export const KVM_RECORD: Record<keyof typeof record, KvmResult | null> = record;

/** Notes of the probe for an adapter that has never run with the real VMM. */
export function untestedNotes(type: keyof typeof KVM_RECORD): string[] {
  if (KVM_RECORD[type] !== null) return [];
  return ['untested on the real binary: no run of `npm run test:kvm` is on record'];
}
