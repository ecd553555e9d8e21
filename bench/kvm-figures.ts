/** Boots of one part, timed, and what its VMM needs beside the guest. */

import { readFileSync } from 'node:fs';
import type { HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import type { KvmFigures } from '../src/isolation/vm/kvm-record.ts';
import type { FunctionImage } from '../src/model/image.ts';
import type { Instance, Isolation } from '../src/model/isolation.ts';
import type { KvmPart } from './kvm-parts.ts';
import { parseSmaps, type VmmMemory, vmmMemory } from './smaps.ts';
import { startIdleVmm, type VmmStart } from './vmm-start.ts';

/** One vCPU and 128 MiB: what Firecracker's SPECIFICATION is about. */
export const SPECIFIED = {
  cpus: 1,
  memoryBytes: 96 * 2 ** 20,
  guestOverheadBytes: 32 * 2 ** 20,
  tmpBytes: 512 * 2 ** 20,
};
const GUEST_BYTES = SPECIFIED.memoryBytes + SPECIFIED.guestOverheadBytes;

export interface MeasureOptions {
  part: KvmPart;
  isolation: Isolation;
  image: FunctionImage;
  claim: HostClaim;
  agentPath: string;
  boots: number;
  startTimeoutMs: number;
}

interface Boot {
  /** From the request to boot, or from the VMM's start where nobody asks, to the agent's first words. */
  bootMs: number;
  readyMs: number;
  timerMs: number | null;
  memory: VmmMemory | null;
}

/** @throws InstanceError when a start fails, Error when the evidence contradicts */
export async function measurePart(options: MeasureOptions): Promise<KvmFigures> {
  const boots: Boot[] = [];
  while (boots.length < options.boots) boots.push(await bootOnce(options));
  const starts: VmmStart[] = [];
  const { idle } = options.part;
  while (idle && starts.length < options.boots) starts.push(await startIdleVmm(idle, options.claim, options.agentPath));
  const memory = boots.flatMap((one) => (one.memory ? [one.memory.overheadKb] : []));
  const of = <T>(all: T[], value: (one: T) => number, share: number): number | null =>
    all.length === 0 ? null : round(quantile(all.map(value), share));
  const timers = boots.flatMap((one) => (one.timerMs === null ? [] : [one.timerMs]));
  return {
    part: options.part.name,
    boots: boots.length,
    bootP50Ms: of(boots, (one) => one.bootMs, 0.5) ?? 0,
    bootP99Ms: of(boots, (one) => one.bootMs, 0.99) ?? 0,
    readyP50Ms: of(boots, (one) => one.readyMs, 0.5) ?? 0,
    timerP50Ms: of(timers, (ms) => ms, 0.5),
    vmmWallP50Ms: of(starts, (one) => one.wallMs, 0.5),
    vmmWallP99Ms: of(starts, (one) => one.wallMs, 0.99),
    vmmCpuP50Ms: of(starts, (one) => one.cpuMs, 0.5),
    memoryP50Kb: of(memory, (kb) => kb, 0.5),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

async function bootOnce({ isolation, image, claim, startTimeoutMs }: MeasureOptions): Promise<Boot> {
  const instance = await isolation.start(image, SPECIFIED, claim.nextContext(startTimeoutMs));
  try {
    await instance.invoke(null, 1, startTimeoutMs);
    return await readBoot(instance);
  } finally {
    await instance.stop();
  }
}

async function readBoot({ phasesMs, evidence }: Instance): Promise<Boot> {
  const { host, contradictions } = await evidence();
  if (contradictions[0] !== undefined) throw new Error(`it runs, but is not what it says: ${contradictions[0]}`);
  const connectedMs = phasesMs.booted ?? phasesMs.ready ?? 0;
  return {
    bootMs: connectedMs - Number(host['boot_asked_ms'] ?? 0),
    readyMs: phasesMs.ready ?? 0,
    timerMs: host['boot_timer_us'] === undefined ? null : Number(host['boot_timer_us']) / 1000,
    memory: vmmMemory(parseSmaps(readFileSync(`/proc/${host['pid']}/smaps`, 'utf8')), GUEST_BYTES),
  };
}

/** By nearest rank: always one of the values, never one between two. Of 30 values the 99th percentile is the largest. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}
