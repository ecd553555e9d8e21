/** A started and ready instance, whatever it was started by. */

import type { Evidence, Instance, PhasesMs } from '../types.ts';
import type { Cgroup } from './cgroup.ts';
import type { Channel } from './channel.ts';
import { contradictionsOf, inCgroup, type Rule } from './contradictions.ts';
import { hostIdentity, processEvidence } from './host-evidence.ts';

export interface ReadyInstance {
  channel: Channel;
  startedMs: number;
  phasesMs: PhasesMs;
  cgroup: Cgroup;
  /** The process whose isolation is proven: the function's own, the sandbox's, the VMM's. */
  pid: number;
  /** From the agent's hello. */
  guest: Record<string, string>;
  /** Facts that only this adapter can ask for. */
  hostFacts?: () => Promise<Record<string, string>>;
  rules: Rule[];
  stderrTail: () => string;
  stop: () => Promise<void>;
}

export function serveInstance(instance: ReadyInstance): Instance {
  const { channel, startedMs, phasesMs, cgroup, pid, guest, rules, stderrTail, stop } = instance;
  return {
    phasesMs,
    async invoke(event, repeat, timeoutMs) {
      const first = phasesMs.first_response === null;
      const reply = await channel.invoke(event, repeat, timeoutMs, first ? 'first-response' : 'invoke');
      if (first) phasesMs.first_response = reply.atMs - startedMs;
      return reply;
    },
    usage: () => cgroup.usage(),
    async evidence(): Promise<Evidence> {
      const charged = (await cgroup.pids()).includes(pid);
      const host = {
        ...(await processEvidence(pid)),
        in_cgroup: String(charged),
        ...(await instance.hostFacts?.()),
      };
      return {
        host,
        guest,
        contradictions: contradictionsOf({ host, guest }, await hostIdentity(), [inCgroup, ...rules]),
      };
    },
    stderrTail,
    stop,
  };
}
