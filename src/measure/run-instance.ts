/** Runs one instance from start to stop, and records what happened (docs/reference/samples.md). */

import { median, quantile } from 'simple-statistics';
import type { Resources } from '../model/config.ts';
import { InstanceError, messageOf } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Instance, Isolation, Reply, StartContext } from '../model/isolation.ts';
import type { PhasesMs } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { METRIC_KEYS } from '../samples/metric-value.ts';
import { secretHider } from './hide-secrets.ts';
import { sampleFrequency, sampleHost, summarizeHost } from './host-sample.ts';

export interface InstancePlan {
  invocations: number;
  warmup: number;
  repeat: number;
  /** Invocations of a phase of its own with `repeat` 1, for latency_p95 and latency_p99; 0 for none. */
  tail: number;
  /** How many times the channel's empty round trip is measured as well. */
  empty: number;
  invokeTimeoutMs: number;
}

export type InstanceOutcome = Pick<
  InstanceRecord,
  | 'status'
  | 'phase'
  | 'error'
  | 'phases_ms'
  | 'metrics'
  | 'repeat'
  | 'warmup_ms'
  | 'latency_ms'
  | 'tail_ms'
  | 'evidence'
  | 'host'
> & { emptyMs: number[]; stderrTail: string };

type Phase = NonNullable<InstanceRecord['phase']>;
type Invoke = (repeat: number, phase: Phase) => Promise<Reply & { ok: true }>;

type Outcome = { -readonly [K in keyof InstanceOutcome]: InstanceOutcome[K] };

const NO_PHASES: PhasesMs = { created: null, booted: null, ready: null, first_response: null };

/**
 * A failure of the instance does not reject: it is part of the outcome.
 * @throws the signal's reason when it was aborted, and the error of `stop` where something could not be removed
 */
export async function runInstance(
  isolation: Isolation,
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
  events: unknown[],
  plan: InstancePlan,
): Promise<InstanceOutcome> {
  const outcome: Outcome = {
    status: 'ok',
    phases_ms: NO_PHASES,
    metrics: {},
    repeat: plan.repeat,
    warmup_ms: [],
    latency_ms: [],
    emptyMs: [],
    stderrTail: '',
  };
  const before = await sampleHost();
  let instance: Instance | null = null;
  const { signal } = context;
  try {
    instance = await isolation.start(image, resources, context);
    await measureInstance(instance, events, plan, outcome, context.cpuset);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    recordFailure(outcome, error);
  } finally {
    if (instance) {
      outcome.phases_ms = { ...instance.phasesMs };
      outcome.stderrTail = instance.stderrTail();
      await instance.stop();
    }
  }
  const hide = secretHider(image.env.taken);
  outcome.stderrTail = hide(outcome.stderrTail);
  if (outcome.error !== undefined) outcome.error = hide(outcome.error);
  outcome.host = { ...summarizeHost(before, await sampleHost()), ...outcome.host };
  return outcome;
}

function recordFailure(outcome: Outcome, error: unknown): void {
  outcome.status = error instanceof InstanceError ? error.status : 'start-failed';
  outcome.phase = error instanceof InstanceError ? error.phase : 'start';
  outcome.error = messageOf(error);
}

async function measureInstance(
  instance: Instance,
  events: unknown[],
  plan: InstancePlan,
  outcome: Outcome,
  cpuset: number[],
): Promise<void> {
  let count = 0;
  const invoke: Invoke = async (repeat, phase) => {
    const event = events[count++ % events.length];
    const reply = await instance.invoke(event, repeat, plan.invokeTimeoutMs).catch((error: unknown) => {
      // An instance knows which response is its first, but not which of the others are warm-up.
      throw error instanceof InstanceError ? new InstanceError(error.status, phase, error.message) : error;
    });
    if (!reply.ok) throw new InstanceError('handler-error', phase, `${reply.error.name}: ${reply.error.message}`);
    assertClock(reply, phase);
    return reply;
  };

  await invoke(1, 'first-response');
  outcome.metrics[METRIC_KEYS.cold_start] = instance.phasesMs.first_response as number;
  for (let i = 0; i < plan.empty; i++) outcome.emptyMs.push((await invoke(0, 'warm-up')).roundTripMs);
  for (let i = 0; i < plan.warmup; i++)
    outcome.warmup_ms.push((await invoke(plan.repeat, 'warm-up')).roundTripMs / plan.repeat);

  const watch = await instance.watchMemory();
  try {
    await measureWarm(instance, invoke, plan, outcome, cpuset);
    outcome.metrics[METRIC_KEYS.memory] = (await instance.usage()).memoryBytes;
    outcome.metrics[METRIC_KEYS.memory_peak] = (await watch.end()).bytes;
  } finally {
    // An instance that failed may have taken its cgroup with it.
    await watch.end().catch(() => {});
  }

  outcome.evidence = await instance.evidence();
  const contradiction = outcome.evidence.contradictions[0];
  if (contradiction !== undefined) throw new InstanceError('evidence-mismatch', 'evidence', contradiction);
}

async function measureWarm(
  instance: Instance,
  invoke: Invoke,
  plan: InstancePlan,
  outcome: Outcome,
  cpuset: number[],
): Promise<void> {
  const usageBefore = await instance.usage();
  for (let i = 0; i < plan.invocations; i++)
    outcome.latency_ms.push((await invoke(plan.repeat, 'invoke')).roundTripMs / plan.repeat);
  const usageAfter = await instance.usage();
  const frequency = await sampleFrequency(cpuset);
  if (frequency !== null) outcome.host = { frequency_share: frequency };

  const calls = plan.invocations * plan.repeat;
  const busyMs = outcome.latency_ms.reduce((sum, ms) => sum + ms * plan.repeat, 0);
  outcome.metrics[METRIC_KEYS.latency] = median(outcome.latency_ms);
  outcome.metrics[METRIC_KEYS.throughput] = (calls / busyMs) * 1000;
  outcome.metrics[METRIC_KEYS.cpu] = (usageAfter.cpuMs - usageBefore.cpuMs) / calls;
  if (plan.tail > 0) await measureTail(plan.tail, invoke, outcome);
}

async function measureTail(count: number, invoke: Invoke, outcome: Outcome): Promise<void> {
  const tail: number[] = [];
  for (let i = 0; i < count; i++) tail.push((await invoke(1, 'invoke')).roundTripMs);
  outcome.tail_ms = tail;
  outcome.metrics[METRIC_KEYS.latency_p95] = quantile(tail, 0.95);
  outcome.metrics[METRIC_KEYS.latency_p99] = quantile(tail, 0.99);
}

/** A guest's clock is believed only as far as the host's allows: no call takes longer than its round trip (docs/reference/metrics.md). */
function assertClock(reply: Reply & { ok: true }, phase: Phase): void {
  const insideMs = reply.ns.reduce((sum, ns) => sum + ns, 0) / 1e6;
  if (insideMs > reply.roundTripMs)
    throw new InstanceError(
      'evidence-mismatch',
      phase,
      `the guest claims ${insideMs.toFixed(3)} ms inside a round trip of ${reply.roundTripMs.toFixed(3)} ms`,
    );
}
