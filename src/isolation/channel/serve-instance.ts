/** The port's `Instance` over an instance that is ready, whatever started it. */

import { readFile, readlink } from 'node:fs/promises';
import { type Cgroup, describeCpuShare } from '../../host/cgroup.ts';
import { InstanceError } from '../../model/errors.ts';
import type { Evidence, Instance } from '../../model/isolation.ts';
import type { PhasesMs } from '../../model/metrics.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import {
  contradictionsOf,
  guestIs,
  hostIs,
  hostMatches,
  inCgroup,
  NO_CAPABILITIES,
  onCpuset,
  type Rule,
} from '../evidence/contradictions.ts';
import { hostIdentity, processEvidence } from '../evidence/host-evidence.ts';
import type { Channel } from './channel.ts';

const PAGE_BYTES = 4096;

export interface ReadyInstance {
  channel: Channel;
  startedMs: number;
  phasesMs: PhasesMs;
  cgroup: Cgroup;
  /** The process whose isolation is proven: the function's own, the sandbox's, the VMM's. Null: whoever spoke. */
  pid: number | null | (() => Promise<number | null>);
  /** From the agent's hello. */
  guest: Record<string, string>;
  /** Facts that only the adapter can ask for. */
  hostFacts?: (pid: number) => Promise<Record<string, string>>;
  rules: Rule[];
  stderrTail: () => string;
  stop: () => Promise<void>;
}

/** Part of every message about an instance of which the kernel killed a process for want of memory. */
export const OUT_OF_MEMORY = 'the function ran out of memory and was killed: the limit is resources.memory';

export function serveInstance(instance: ReadyInstance): Instance {
  const { channel, startedMs, phasesMs, cgroup, guest, rules, stderrTail, stop } = instance;
  const factsOf = async (pid: number): Promise<Record<string, string>> => ({
    ...(await processEvidence(pid)),
    cpu_share: await describeCpuShare(pid),
    ...(await instance.hostFacts?.(pid)),
  });
  let peakSource: string | null = null;
  return {
    phasesMs,
    async invoke(event, repeat, timeoutMs) {
      const first = phasesMs.first_response === null;
      const phase = first ? 'first-response' : 'invoke';
      try {
        const reply = await channel.invoke(event, repeat, timeoutMs, phase);
        if (first) phasesMs.first_response = reply.atMs - startedMs;
        return reply;
      } catch (error) {
        return await nameTheMemory(error, cgroup, phase);
      }
    },
    usage: () => cgroup.usage(),
    async watchMemory() {
      const watch = await cgroup.watchPeak();
      return {
        async end() {
          const peak = await watch.end();
          peakSource = peak.source;
          return peak;
        },
      };
    },
    async evidence(): Promise<Evidence> {
      const inside = await cgroup.pids();
      const given = typeof instance.pid === 'function' ? await instance.pid() : instance.pid;
      const pid = given ?? (await findSpeaker(inside, guest));
      const limit = await cgroup.memoryLimit();
      const host = {
        ...(pid === null ? {} : await factsOf(pid)),
        in_cgroup: String(pid !== null && inside.includes(pid)),
        ...(limit === null ? {} : { memory_limit: limit }),
        ...(peakSource === null ? {} : { memory_peak: peakSource }),
      };
      const contradictions = contradictionsOf({ host, guest }, await hostIdentity(), [...ofEvery(cgroup), ...rules]);
      return { host, guest, contradictions };
    },
    stderrTail,
    stop,
  };
}

/**
 * What must hold of every instance: it is in its cgroup with the limits that were asked for, it has its CPUs and sees as
 * many inside, and its user has no rights.
 */
const ofEvery = ({ limits }: Cgroup): Rule[] => [
  inCgroup,
  onCpuset(limits.cpuset),
  hostMatches('cpu_share', /^(equal|uncontrolled)$/, 'a cgroup of its own with the usual share of the CPU'),
  hostIs('session', 'own'),
  guestIs('cpus', String(limits.cpuset.length)),
  guestIs('uid', String(FUNCTION_UID)),
  guestIs('cap_eff', NO_CAPABILITIES),
  ...(limits.memoryBytes === null ? [] : [hostIs('memory_limit', String(wholePages(limits.memoryBytes)))]),
];

/** The kernel counts limits in pages (page_counter_memparse) and reads back what it took. */
const wholePages = (bytes: number): number => Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;

/** The kernel may kill only a part of a sandbox. The rest then waits for ever, so that a timeout is all that is seen. */
async function nameTheMemory(error: unknown, cgroup: Cgroup, phase: 'first-response' | 'invoke'): Promise<never> {
  const timedOut = error instanceof InstanceError && error.status === 'timeout';
  if (timedOut && (await cgroup.ranOutOfMemory().catch(() => false)))
    throw new InstanceError('crashed', phase, `${OUT_OF_MEMORY}; after that: ${error.message}`);
  throw error;
}

/**
 * By what it said of itself: its PID namespace (such links are the same wherever the kernel is) and its number in there.
 * What is found is then judged by what the host sees of it. Null when no process inside is the one that spoke.
 */
async function findSpeaker(pids: number[], guest: Record<string, string>): Promise<number | null> {
  for (const pid of pids) {
    const namespace = await readlink(`/proc/${pid}/ns/pid`).catch(() => null);
    if (namespace === null || namespace !== guest['ns_pid']) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (innermostPid(status) === guest['pid']) return pid;
  }
  return null;
}

/** `NSpid:` lists a process's numbers from the outermost namespace to its own (proc_pid_status(5), Linux 4.1). */
const innermostPid = (status: string): string | undefined =>
  status
    .match(/^NSpid:\s*(.*)$/m)?.[1]
    ?.trim()
    .split(/\s+/)
    .at(-1);
