/** Whether an isolation truly works here: the null workload is booted under it and has to answer. */

import { messageOf } from '../errors.ts';
import {
  type FunctionImage,
  ISOLATION_FAMILIES,
  type Isolation,
  type IsolationConfig,
  type ProbeResult,
  type Resources,
  type StartContext,
} from '../types.ts';

export interface ProofBench {
  image: FunctionImage;
  resources: Resources;
  /** A context with an instance id of its own. */
  nextContext: (startTimeoutMs: number) => StartContext;
  create: (config: IsolationConfig, accelerator: 'kvm' | 'tcg') => Isolation;
}

const START_TIMEOUT_MS = 20_000;
/** A working KVM boots the guest in a fraction of this; a broken one never does (docs/isolations.md). */
const KVM_TIMEOUT_MS = 10_000;
/** Emulated guests take seconds where real ones take a fraction of one. */
const EMULATED_TIMEOUT_MS = 90_000;

/** Bounded in time whatever hangs. */
export async function proveIsolation(config: IsolationConfig, bench: ProofBench): Promise<ProbeResult> {
  if (!['microvm', 'vm'].includes(ISOLATION_FAMILIES[config.type])) return proveOnce(config, null, bench);
  const refused: ProbeResult[] = [];
  for (const accelerator of config.accelerator) {
    const result = await proveOnce(config, accelerator, bench);
    if (result.usable)
      return { ...result, notes: refused.map((one) => `${one.accelerator} does not work here: ${one.reason}`) };
    refused.push(result);
  }
  return withoutAccelerator(refused, config);
}

/** Every accelerator that the config lists was tried. */
function withoutAccelerator(refused: ProbeResult[], config: IsolationConfig): ProbeResult {
  const first = refused[0] as ProbeResult;
  const reason = refused.map((one) => `${one.accelerator}: ${one.reason}`).join('; ');
  const emulation =
    config.accelerator.includes('tcg') || !config.type.startsWith('qemu-')
      ? ''
      : `; or allow emulation, not gated: isolations.${config.name}.accelerator: [kvm, tcg]`;
  return {
    ...first,
    reason,
    fix: `${first.fix ?? 'use a host with working (nested) virtualisation'}${emulation}`,
    accelerator: null,
  };
}

async function proveOnce(
  config: IsolationConfig,
  accelerator: 'kvm' | 'tcg' | null,
  bench: ProofBench,
): Promise<ProbeResult> {
  const isolation = bench.create(config, accelerator ?? 'kvm');
  const facts = await isolation.probe();
  const result: ProbeResult = {
    isolation: config.name,
    type: config.type,
    usable: false,
    ...facts,
    accelerator,
    emulated: accelerator === 'tcg',
    provedMs: null,
    notes: [],
  };
  if (facts.reason !== null) return result;
  try {
    return { ...result, usable: true, provedMs: await boot(isolation, accelerator, bench) };
  } catch (error) {
    const reason = messageOf(error);
    if (accelerator !== 'kvm') return { ...result, reason, fix: null };
    return {
      ...result,
      reason: `/dev/kvm opens, but no guest boots under it: ${reason}`,
      fix: 'use a host with working (nested) virtualisation',
    };
  }
}

const timeoutOf = (accelerator: 'kvm' | 'tcg' | null): number =>
  ({ kvm: KVM_TIMEOUT_MS, tcg: EMULATED_TIMEOUT_MS, none: START_TIMEOUT_MS })[accelerator ?? 'none'];

async function boot(isolation: Isolation, accelerator: 'kvm' | 'tcg' | null, bench: ProofBench): Promise<number> {
  const timeoutMs = timeoutOf(accelerator);
  const instance = await isolation.start(bench.image, bench.resources, bench.nextContext(timeoutMs));
  try {
    await instance.invoke(null, 1, timeoutMs);
    const { contradictions } = await instance.evidence();
    if (contradictions[0] !== undefined) throw new Error(`it runs, but is not what it says: ${contradictions[0]}`);
    return instance.phasesMs.first_response ?? 0;
  } finally {
    await instance.stop();
  }
}
