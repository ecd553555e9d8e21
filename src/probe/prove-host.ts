/** Collects the host's facts, finds the guest kernel, and proves each isolation by booting the null workload. */

import { buildNullImage } from '../image/build-image.ts';
import { findGuestKernel } from '../image/kernel/find-guest-kernel.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import { createIsolation } from '../isolation/create-isolation.ts';
import type { IsolationConfig } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import type { GuestKernel } from '../model/image.ts';
import type { Isolation } from '../model/isolation.ts';
import type { Fingerprint, HostFacts, ProbeResult } from '../model/probe.ts';
import { bootContexts } from './boot-contexts.ts';
import { fingerprintOf } from './fingerprint.ts';
import { watchHost } from './host-facts.ts';
import { describeRefusal, isVm, type ProofBench, type ProveOptions, proveAll } from './prove.ts';
import { rememberProofs } from './remember-proofs.ts';

export interface ProvenHost {
  host: HostFacts;
  probes: ProbeResult[];
  /** By isolation name, usable ones only. */
  isolations: Map<string, Isolation>;
  kernel: GuestKernel | null;
  /** Without the language runtimes, which are known once images are built. */
  fingerprint(runtimes: Record<string, string>): Fingerprint;
}

/** From here to the last proof, whatever hangs; stopping and the rest of a probe stay below a minute with it. */
const PROOFS_MS = 46_000;
const MAX_BUILD_MS = 10_000;
const SAY_WAIT_MS = 500;

/**
 * `claim` is called when something is to be booted, and once. Where the signal is aborted its reason is thrown, because
 * nothing that is tried then can be believed.
 */
export async function proveHost(claim: () => Promise<HostClaim>, options: ProveOptions, env: Env): Promise<ProvenHost> {
  const { config } = options;
  const { log, signal } = env;
  const beganMs = performance.now();
  // Before anything of ours loads the machine.
  const watch = await watchHost();
  const { kernel, problem } = await guestKernel(config.isolations, env);
  const image = await buildNullImage({ ...env, resources: config.resources, kernel });
  const memory = await rememberProofs({ ...env, ...options, image, kernel });
  let unclaimed: { error: unknown } | null = null;
  const claimed = async (): Promise<HostClaim> => {
    const fromMs = performance.now();
    const host = await claim().catch((error: unknown) => {
      unclaimed = { error };
      throw error;
    });
    // Another run's time is not taken from this one's.
    bench.deadlineMs = (bench.deadlineMs ?? 0) + performance.now() - fromMs;
    if (host.waitedMs > SAY_WAIT_MS) log(`probe · waited ${Math.round(host.waitedMs)} ms for another run to end`);
    return host;
  };
  const boots = bootContexts(claimed, config.resources.cpus);
  const bench: ProofBench = {
    image,
    resources: config.resources,
    nextContext: boots.next,
    create: createIsolation,
    noVm: kernel === null ? { reason: problem, fix: kernelFix(config.isolations) } : null,
    kvm: { works: false, hung: memory.kvmHung },
    // Building images counts towards the minute, but a slow download takes at most MAX_BUILD_MS of the proofs' time.
    deadlineMs: performance.now() + PROOFS_MS - Math.min(performance.now() - beganMs, MAX_BUILD_MS),
    remember: memory.remember,
    ...(options.reuse === 'proofs' && { remembered: memory.find }),
  };
  const probes = await proveAll(config.isolations, bench, (result, refused) => {
    if (!signal.aborted) log(describe(result, refused));
  });
  signal.throwIfAborted();
  // Where the host could not be claimed, nothing is known of any isolation.
  if (unclaimed !== null) throw (unclaimed as { error: unknown }).error;
  await memory.save();
  const host = await watch.facts(config.resources, probes);
  const isolations = new Map(
    config.isolations.flatMap((one, index) => {
      const result = probes[index];
      return result?.usable ? [[one.name, createIsolation(one, result.accelerator ?? 'kvm')] as const] : [];
    }),
  );
  return {
    host,
    probes,
    isolations,
    kernel,
    fingerprint: (runtimes) => fingerprintOf(host, probes, kernel, runtimes, config.resources),
  };
}

/** Where the configuration names a kernel, installing another one does not help. */
const kernelFix = (isolations: IsolationConfig[]): string => {
  const named = isolations.find((one) => isVm(one) && one.kernel !== null);
  return named
    ? `correct isolations.${named.name}.kernel, or leave it out and use the one that scripts/setup-runner installs`
    : 'sudo scripts/setup-runner';
};

/** One guest kernel for every VM (the configuration saw to that). A missing one is the VMs' problem alone. */
async function guestKernel(
  isolations: IsolationConfig[],
  { cacheDir, guestDir, signal }: Pick<Env, 'cacheDir' | 'guestDir' | 'signal'>,
): Promise<{ kernel: GuestKernel | null; problem: string }> {
  const vm = isolations.find(isVm);
  if (!vm) return { kernel: null, problem: '' };
  try {
    return { kernel: await findGuestKernel({ source: vm.kernel, cacheDir, guestDir, signal }), problem: '' };
  } catch (error) {
    if (error instanceof NotMeasurableError) return { kernel: null, problem: messageOf(error) };
    throw error;
  }
}

function describe(result: ProbeResult, refused: readonly ProbeResult[]): string {
  if (!result.usable) return `probe · ${result.isolation}: does not work here: ${result.reason}`;
  const how = result.accelerator === null ? '' : `, ${result.accelerator}${result.emulated ? ' (emulated)' : ''}`;
  const when = result.provedAt === undefined ? '' : ` (proven ${result.provedAt})`;
  // The other notes are for the table and the report.
  const notes = refused.map((one) => `; ${describeRefusal(one)}`);
  return `probe · ${result.isolation}: works${how}, first answer after ${Math.round(result.provedMs ?? 0)} ms${when}${notes.join('')}`;
}
