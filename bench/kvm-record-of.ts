/** The record after a run. */

import type { KVM_RECORD, KvmFigures } from '../src/isolation/vm/kvm-record.ts';
import { KVM_PARTS, type KvmPart, type RecordedVmm } from './kvm-parts.ts';
import type { AblePart } from './kvm-run.ts';

type KvmRecord = typeof KVM_RECORD;

export interface Finished {
  able: AblePart[];
  figures: KvmFigures[];
  guestKernel: string;
  machine: string;
  date: string;
  passed: number;
}

/** A VMM of which some part did not run keeps what was known of it before. */
export function newRecord(before: KvmRecord, { able, figures, passed, ...common }: Finished): KvmRecord {
  const record = { ...before };
  for (const vmm of Object.keys(record) as RecordedVmm[]) {
    const parts = KVM_PARTS.filter((part) => part.recorded === vmm).map(nameOf);
    const ran = able.filter(({ part }) => part.recorded === vmm);
    if (ran.length < parts.length) continue;
    record[vmm] = {
      ...common,
      version: ran[0]?.version ?? '',
      passed,
      figures: figures.filter((one) => parts.includes(one.part)),
    };
  }
  return record;
}

const nameOf = (part: KvmPart): string => part.name;
