import { createHash } from 'node:crypto';
import { ownIdentity } from '../../lib/process-identity.ts';
import { CONFINED_UIDS } from '../../model/uids.ts';

let uid: number | null = null;

/**
 * The user of everything that this run confines: nobody else's, and no other run's, so that what the kernel counts or keeps
 * by user (processes, keys, message queues) is this run's own.
 */
export function runUid(): number {
  uid ??=
    CONFINED_UIDS.first + (createHash('sha256').update(ownIdentity()).digest().readUInt32BE(0) % CONFINED_UIDS.count);
  return uid;
}
