/** What holds of every guest, whichever VMM it runs under. */

import { weakerMitigations } from '../../host/mitigations.ts';
import { guestHasMemory, hostIs, type Rule } from './contradictions.ts';
import { hostMitigations } from './host-evidence.ts';

const NONE = 'none';

/** Fact `weaker_mitigations`: names, or `none`; absent when the guest says nothing. */
export async function mitigationsFact(guest: Record<string, string>): Promise<Record<string, string>> {
  const weaker = weakerMitigations(guest['mitigations'], await hostMitigations());
  return weaker === null ? {} : { weaker_mitigations: weaker.join(' ') || NONE };
}

/** An emulated CPU has other vulnerabilities than the host's: there the fact is recorded and nothing follows from it. */
export const vmRules = (guestBytes: number, emulated: boolean): Rule[] => [
  guestHasMemory(guestBytes),
  ...(emulated ? [] : [hostIs('weaker_mitigations', NONE)]),
];
