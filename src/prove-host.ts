/** Flow part: host facts, the guest kernel, and each isolation proven by a boot of the null workload. */

import type { HostClaim } from './claim-host.ts';
import { BadInputError, messageOf, NotMeasurableError } from './errors.ts';
import { buildNullImage } from './image/build-null-image.ts';
import { findGuestKernel } from './image/find-guest-kernel.ts';
import { createIsolation } from './isolation/create-isolation.ts';
import { fingerprintOf, microcodeOf } from './probe/fingerprint.ts';
import { hostFacts } from './probe/host-facts.ts';
import { proveIsolation } from './probe/prove.ts';
import {
  type Config,
  type Fingerprint,
  type GuestKernel,
  type HostFacts,
  ISOLATION_FAMILIES,
  type Isolation,
  type IsolationConfig,
  type KernelSource,
  type ProbeResult,
} from './types.ts';

export interface ProveOptions {
  config: Pick<Config, 'isolations' | 'resources'>;
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  /** Aborted: its reason is thrown, as nothing that is tried then can be believed. */
  signal?: AbortSignal;
}

export interface ProvenHost {
  host: HostFacts;
  probes: ProbeResult[];
  /** By isolation name, usable ones only. */
  isolations: Map<string, Isolation>;
  kernel: GuestKernel | null;
  /** Without the language runtimes, which are known once images are built. */
  fingerprint(runtimes: Record<string, string>): Promise<Fingerprint>;
}

export async function proveHost(claim: HostClaim, options: ProveOptions): Promise<ProvenHost> {
  const { config, cacheDir, guestDir, log, signal } = options;
  const host = await hostFacts();
  const { kernel, problem } = await guestKernel(config.isolations, cacheDir);
  const image = await buildNullImage({ resources: config.resources, cacheDir, guestDir, kernel, log });
  const probes: ProbeResult[] = [];
  const isolations = new Map<string, Isolation>();
  for (const isolation of config.isolations) {
    const bench = { image, resources: config.resources, nextContext: claim.nextContext, create: createIsolation };
    const result =
      isVm(isolation) && kernel === null ? unusable(isolation, problem) : await proveIsolation(isolation, bench);
    signal?.throwIfAborted();
    probes.push(result);
    if (result.usable) isolations.set(isolation.name, createIsolation(isolation, result.accelerator ?? 'kvm'));
    log(describe(result));
  }
  return {
    host,
    probes,
    isolations,
    kernel,
    fingerprint: async (runtimes) =>
      fingerprintOf(host, await microcodeOf(), probes, kernel, runtimes, config.resources),
  };
}

/** Those that boot the guest kernel of ours; Kata brings its own. */
const isVm = ({ type }: IsolationConfig): boolean => ['microvm', 'vm'].includes(ISOLATION_FAMILIES[type]);

/** One guest kernel for every VM, so that the kernel is no confounder. A missing one is the VMs' problem alone. */
async function guestKernel(
  isolations: IsolationConfig[],
  cacheDir: string,
): Promise<{ kernel: GuestKernel | null; problem: string }> {
  const [vm, ...others] = isolations.filter(isVm);
  if (!vm) return { kernel: null, problem: '' };
  const other = others.find((one) => nameOf(one.kernel) !== nameOf(vm.kernel));
  if (other)
    throw new BadInputError(
      `isolations.${other.name}.kernel: ${nameOf(other.kernel)} differs from ${nameOf(vm.kernel)} of ${vm.name}; all VMs share one guest kernel`,
    );
  try {
    return { kernel: await findGuestKernel({ source: vm.kernel, cacheDir }), problem: '' };
  } catch (error) {
    if (error instanceof NotMeasurableError) return { kernel: null, problem: messageOf(error) };
    throw error;
  }
}

const nameOf = (kernel: KernelSource | null): string => {
  if (kernel === null) return 'the default kernel';
  return 'path' in kernel ? kernel.path : `${kernel.url} (${kernel.sha256})`;
};

const unusable = (isolation: IsolationConfig, reason: string): ProbeResult => ({
  isolation: isolation.name,
  type: isolation.type,
  usable: false,
  version: null,
  reason,
  fix: 'sudo scripts/setup-runner',
  accelerator: null,
  emulated: false,
  provedMs: null,
  notes: [],
});

function describe(result: ProbeResult): string {
  if (!result.usable) return `probe · ${result.isolation}: does not work here: ${result.reason}`;
  const how = result.accelerator === null ? '' : `, ${result.accelerator}${result.emulated ? ' (emulated)' : ''}`;
  const notes = result.notes.map((note) => `; ${note}`).join('');
  return `probe · ${result.isolation}: works${how}, first answer after ${Math.round(result.provedMs ?? 0)} ms${notes}`;
}
