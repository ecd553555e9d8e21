/** Whether an isolation truly works here: the null workload is booted under it and has to answer. */

import { keysOfType } from '../config/schema-isolation.ts';
import type { Config, IsolationConfig, Resources } from '../model/config.ts';
import { InstanceError, messageOf } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation, StartContext } from '../model/isolation.ts';
import { type Accelerator, ISOLATION_FAMILIES } from '../model/isolation-types.ts';
import type { ProbeResult } from '../model/probe.ts';
import { NoAnswerError, within } from './within.ts';

type Facts = Awaited<ReturnType<Isolation['probe']>>;

export interface ProofBench {
  image: FunctionImage;
  resources: Resources;
  /** A context with an instance id of its own. */
  nextContext: (startTimeoutMs: number) => StartContext | Promise<StartContext>;
  create: (config: IsolationConfig, accelerator: Accelerator) => Isolation;
  /** Why the image has no parts for VMs, and what changes that; null or absent where it has them. */
  noVm?: { reason: string; fix: string } | null;
  /** Shared by all proofs of a run. */
  kvm?: KvmTrials;
  /** On performance.now()'s clock: by then the last proof has ended, whatever hangs. */
  deadlineMs?: number;
  /** A proof of an earlier run that still holds. */
  remembered?: (attempt: Attempt) => Promise<ProbeResult | null>;
  remember?: (attempt: Attempt, result: ProbeResult, kvmHung: boolean) => Promise<void>;
}

/** One isolation to boot, and what its adapter says about it beforehand. */
export interface Attempt {
  config: IsolationConfig;
  accelerator: Accelerator | null;
  facts: Facts;
}

/** What is known about KVM itself: a hang under one VMM says that it hangs under all. */
export interface KvmTrials {
  works: boolean;
  hung: { under: string; when: string } | null;
}

/** A program's version, an engine's description of itself: a second at most, unless something hangs. */
const FACTS_MS = 12_000;
/** An engine's own copy of an image of one megabyte. */
const PREPARE_MS = 10_000;
const START_MS = 10_000;
/** A working KVM boots the guest in a fraction of this; a broken one never does (docs/reference/isolations.md). */
const KVM_START_MS = 10_000;
/** Emulated guests take seconds where real ones take a fraction of one. */
const EMULATED_START_MS = 35_000;
/** What an answer, the evidence and the stop may take on top. */
const AFTER_START_MS = 2_000;

/** Those that boot the guest kernel of ours; Kata brings its own. */
export const isVm = ({ type }: Pick<IsolationConfig, 'type'>): boolean =>
  ['microvm', 'vm'].includes(ISOLATION_FAMILIES[type]);

const NO_KVM_FIX = 'use a host with working (nested) virtualisation';
const NO_GUEST_BOOTS = '/dev/kvm opens, but no guest boots under it';

/** `refused`: the results under the accelerators that are preferred to the one that works. */
export type OnResult = (result: ProbeResult, refused: readonly ProbeResult[]) => void;

/** Never throws but for the abort of its run; bounded in time whatever hangs. */
export async function proveIsolation(
  config: IsolationConfig,
  bench: ProofBench,
  onResult: OnResult = () => {},
): Promise<ProbeResult> {
  const refused: ProbeResult[] = [];
  const result = await tryAccelerators(config, bench, refused);
  onResult(result, result.usable ? refused : []);
  return result;
}

async function tryAccelerators(
  config: IsolationConfig,
  bench: ProofBench,
  refused: ProbeResult[],
): Promise<ProbeResult> {
  if (!isVm(config)) return proveOnce(config, null, bench);
  for (const accelerator of config.accelerator) {
    const result = await proveOnce(config, accelerator, bench);
    if (result.usable) {
      const notes = refused.map(describeRefusal);
      return { ...result, notes: [...notes, ...result.notes] };
    }
    refused.push(result);
    // A missing program is missing under every accelerator.
    if (result.version === null) break;
  }
  return withoutAccelerator(refused, config);
}

export const describeRefusal = ({ accelerator, reason }: ProbeResult): string =>
  `${accelerator} does not work here: ${reason}`;

/** Every accelerator that the config lists was tried. */
function withoutAccelerator(refused: ProbeResult[], config: IsolationConfig): ProbeResult {
  const first = refused[0] as ProbeResult;
  if (first.version === null) return { ...first, accelerator: null, emulated: false };
  const alike = refused.every(({ reason }) => reason === first.reason);
  const reason = alike ? first.reason : refused.map((one) => `${one.accelerator}: ${one.reason}`).join('; ');
  const emulation =
    config.accelerator.includes('tcg') || !keysOfType(config.type).includes('accelerator')
      ? ''
      : `; or allow emulation, not gated: isolations.${config.name}.accelerator: [kvm, tcg]`;
  return { ...first, reason, fix: `${first.fix ?? NO_KVM_FIX}${emulation}`, accelerator: null, emulated: false };
}

async function proveOnce(
  config: IsolationConfig,
  accelerator: Accelerator | null,
  bench: ProofBench,
): Promise<ProbeResult> {
  const isolation = bench.create(config, accelerator ?? 'kvm');
  const facts = await factsOf(isolation, bench);
  const { notes = [], ...found } = facts;
  const result: ProbeResult = {
    isolation: config.name,
    type: config.type,
    usable: false,
    ...found,
    accelerator,
    emulated: accelerator === 'tcg',
    provedMs: null,
    notes,
  };
  if (facts.reason !== null) return result;
  if (bench.noVm && isVm(config)) return { ...result, ...bench.noVm };
  const attempt = { config, accelerator, facts };
  const known = await bench.remembered?.(attempt);
  if (known) return known;
  const { proven, kvmHung, cutShort } = await boot(result, isolation, bench);
  if (!cutShort) await bench.remember?.(attempt, proven, kvmHung);
  return proven;
}

const leftMs = ({ deadlineMs = Number.POSITIVE_INFINITY }: ProofBench): number => deadlineMs - performance.now();

async function factsOf(isolation: Isolation, bench: ProofBench): Promise<Facts> {
  const limitMs = Math.max(1, Math.min(FACTS_MS, leftMs(bench)));
  try {
    return await within(limitMs, null, () => isolation.probe(), 0);
  } catch (error) {
    return { version: null, reason: messageOf(error), fix: null };
  }
}

interface Booted {
  proven: ProbeResult;
  kvmHung: boolean;
  /** The time ran out, or KVM hung before: the result is not kept for another run. */
  cutShort: boolean;
}

/** The result with what the boot tells. */
async function boot(result: ProbeResult, isolation: Isolation, bench: ProofBench): Promise<Booted> {
  const { accelerator } = result;
  const onKvm = accelerator === 'kvm';
  const { kvm = { works: false, hung: null } } = bench;
  if (onKvm && kvm.hung && !kvm.works) {
    const reason = `${NO_GUEST_BOOTS} (tried with ${kvm.hung.under}${kvm.hung.when})`;
    return { proven: { ...result, reason, fix: NO_KVM_FIX }, kvmHung: false, cutShort: true };
  }
  try {
    const provedMs = await answerTime(isolation, accelerator, bench);
    if (onKvm) kvm.works = true;
    return { proven: { ...result, usable: true, provedMs }, kvmHung: false, cutShort: false };
  } catch (error) {
    const cutShort = leftMs(bench) <= 0;
    const reason = messageOf(error);
    if (error instanceof WeakerThanItSays || !onKvm)
      return { proven: { ...result, reason, fix: null }, kvmHung: false, cutShort };
    const kvmHung = isHang(error) && !kvm.works && !cutShort;
    if (kvmHung) kvm.hung ??= { under: result.isolation, when: '' };
    return { proven: { ...result, reason: `${NO_GUEST_BOOTS}: ${reason}`, fix: NO_KVM_FIX }, kvmHung, cutShort };
  }
}

class WeakerThanItSays extends Error {}

const isHang = (error: unknown): boolean =>
  error instanceof NoAnswerError || (error instanceof InstanceError && error.status === 'timeout');

/** From start to the first answer, in milliseconds. Everything that was started is gone when it settles. */
async function answerTime(isolation: Isolation, accelerator: Accelerator | null, bench: ProofBench): Promise<number> {
  const startMs = { kvm: KVM_START_MS, tcg: EMULATED_START_MS, none: START_MS }[accelerator ?? 'none'];
  // Here the lock on the host may be waited for, which moves the deadline.
  const context = await bench.nextContext(startMs);
  const left = leftMs(bench);
  if (left < 1) throw new NoAnswerError('not tried: the other isolations took all of the time there is');
  const limitMs = (isolation.prepare ? PREPARE_MS : 0) + startMs + AFTER_START_MS;
  return within(Math.min(limitMs, left), context.signal, async (signal) => {
    await isolation.prepare?.(bench.image, { runId: context.runId, signal });
    const startTimeoutMs = Math.min(context.startTimeoutMs, left);
    const instance = await isolation.start(bench.image, bench.resources, { ...context, startTimeoutMs, signal });
    try {
      await instance.invoke(null, 1, startMs);
      const { contradictions } = await instance.evidence();
      if (contradictions[0] !== undefined)
        throw new WeakerThanItSays(`it runs, but is not what it says: ${contradictions[0]}`);
      return instance.phasesMs.first_response ?? 0;
    } finally {
      await instance.stop();
    }
  });
}

export interface ProveOptions {
  config: Pick<Config, 'isolations' | 'resources'>;
  /**
   * What may be taken from earlier runs on this machine: `proofs` all that still holds, `kvm-hangs` only that KVM boots no
   * guest, which takes long to find out again. Every proof is kept for the next run.
   */
  reuse: 'nothing' | 'kvm-hangs' | 'proofs';
}

/**
 * How many are proved at once. Of VMs, one of each type, because where KVM hangs they then hang together and not one after
 * another. Of the others a few, so that an engine that hangs does not hold up the rest.
 */
const LANES = { vms: 4, others: 3 };

/** The results, in the order of `configs`; `onResult` is called as soon as each is known. */
export async function proveAll(
  configs: IsolationConfig[],
  bench: ProofBench,
  onResult: OnResult,
): Promise<ProbeResult[]> {
  const results = new Map<IsolationConfig, ProbeResult>();
  const prove = async (config: IsolationConfig): Promise<void> => {
    results.set(config, await proveIsolation(config, bench, onResult));
  };
  const [vms, others] = [configs.filter(isVm), configs.filter((config) => !isVm(config))];
  await Promise.all([inLanes(others, LANES.others, prove), inLanes(vms, LANES.vms, prove)]);
  return configs.map((config) => results.get(config) as ProbeResult);
}

async function inLanes<T>(items: T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
