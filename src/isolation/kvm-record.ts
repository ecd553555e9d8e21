/** What `npm run test:kvm` last showed on a machine whose KVM boots guests; it writes the file, nobody else does. */

import record from './kvm-record.json' with { type: 'json' };

/** One VMM's whole suite against the real binary, with its boots measured. */
export interface KvmResult {
  /** ISO 8601 date. */
  date: string;
  version: string;
  machine: string;
  passed: number;
  skipped: number;
  boots: number;
  bootP50Ms: number;
  bootP99Ms: number;
}

export const KVM_RECORD: Record<keyof typeof record, KvmResult | null> = record;

/** For the probe's notes: an adapter that nobody has seen at work is called so. */
export function untestedNotes(type: keyof typeof KVM_RECORD): string[] {
  if (KVM_RECORD[type] !== null) return [];
  return ['untested on the real binary: no run of `npm run test:kvm` is on record'];
}
