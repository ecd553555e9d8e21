/** Runs one instance from start to stop, and records what happened (docs/reference/samples.md). */

import { median, quantile } from 'simple-statistics';
import { describeError } from '../isolation/channel/channel.ts';
import { awaitLastWords } from '../isolation/channel/process-end.ts';
import type { Resources } from '../model/config.ts';
import { InstanceError, messageOf } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Instance, Isolation, Reply, StartContext } from '../model/isolation.ts';
import type { PhasesMs } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { METRIC_KEYS } from '../samples/metric-value.ts';
import type { EventFeed, MessagePhase } from './event-feed.ts';
import { explainFailure, findNetworkCode, findStatusCode } from './explain-failure.ts';
import { secretHider } from './hide-secrets.ts';
import { sampleFrequency, sampleHost, summarizeHost } from './host-sample.ts';
import { noteAnswers } from './note-answers.ts';

export interface InstancePlan {
  invocations: number;
  warmup: number;
  repeat: number;
  /** Invocations of a phase of its own with `repeat` 1, for latency_p95 and latency_p99; 0 for none. */
  tail: number;
  /** How many times the channel's empty round trip is measured as well. */
  empty: number;
  invokeTimeoutMs: number;
  /** After this time from the first call on there is no more warm-up, and no warm invocation besides one. */
  callsMs?: number;
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
  | 'answers'
> & { emptyMs: number[]; stderrTail: string };

/** Sends the n-th message of a phase. */
type Invoke = (repeat: number, phase: MessagePhase, n: number) => Promise<Reply & { ok: true }>;

type Phase = NonNullable<InstanceRecord['phase']>;

/** The phase that a failure is recorded with. */
const PHASES = {
  'first-response': 'first-response',
  empty: 'warm-up',
  'warm-up': 'warm-up',
  invoke: 'invoke',
  tail: 'invoke',
} as const satisfies Record<MessagePhase, Phase>;

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
  feed: EventFeed,
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
    await measureInstance(instance, feed, plan, outcome, context.cpuset);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    recordFailure(outcome, error, image);
    if (instance) await awaitLastWords();
  } finally {
    if (instance) {
      outcome.phases_ms = { ...instance.phasesMs };
      outcome.stderrTail = instance.stderrTail();
      await instance.stop();
    }
  }
  hideSecrets(outcome, secretHider(image.env.taken));
  outcome.host = { ...summarizeHost(before, await sampleHost()), ...outcome.host };
  return outcome;
}

function hideSecrets(outcome: Outcome, hide: (text: string) => string): void {
  outcome.stderrTail = hide(outcome.stderrTail);
  if (outcome.error !== undefined) outcome.error = hide(outcome.error);
  for (const excerpt of outcome.answers?.excerpts ?? []) excerpt.text = hide(excerpt.text);
}

const failureOf = (error: (Reply & { ok: false })['error'], phase: Phase, place: string): InstanceError =>
  new InstanceError('handler-error', phase, `${describeError(error)}${place}`, { code: error.code });

function recordFailure(outcome: Outcome, error: unknown, { runtime }: FunctionImage): void {
  const isOfInstance = error instanceof InstanceError;
  outcome.status = isOfInstance ? error.status : 'start-failed';
  outcome.phase = isOfInstance ? error.phase : 'start';
  if (isOfInstance) outcome.stderrTail = error.stderrTail;
  outcome.error = isOfInstance ? explainFailure(error, runtime.name) : messageOf(error);
}

async function measureInstance(
  instance: Instance,
  feed: EventFeed,
  plan: InstancePlan,
  outcome: Outcome,
  cpuset: number[],
): Promise<void> {
  const notes = noteAnswers(feed);
  outcome.answers = notes.answers;
  const invoke: Invoke = async (repeat, part, n) => {
    const event = feed.indexOf(part, n);
    const phase = PHASES[part];
    if (repeat > 0) notes.sent(event);
    const place = feed.book.place(event);
    const reply = await instance.invoke(feed.events[event], repeat, plan.invokeTimeoutMs).catch((error: unknown) => {
      // An instance knows which response is its first, but not which of the others are warm-up.
      throw error instanceof InstanceError ? new InstanceError(error.status, phase, `${error.message}${place}`) : error;
    });
    if (!reply.ok) throw failureOf(reply.error, phase, place);
    assertClock(reply, phase);
    const problem = repeat > 0 ? notes.given(event, reply) : null;
    if (problem !== null) {
      const code = findNetworkCode(reply.text) ?? findStatusCode(reply.result);
      throw new InstanceError('unexpected-answer', phase, problem, { code });
    }
    return reply;
  };

  const lastMs = performance.now() + (plan.callsMs ?? Number.POSITIVE_INFINITY);
  await invoke(1, 'first-response', 0);
  outcome.metrics[METRIC_KEYS.cold_start] = instance.phasesMs.first_response as number;
  for (let i = 0; i < plan.empty; i++) outcome.emptyMs.push((await invoke(0, 'empty', i)).roundTripMs);
  for (let i = 0; i < plan.warmup && performance.now() < lastMs; i++)
    outcome.warmup_ms.push((await invoke(plan.repeat, 'warm-up', i)).roundTripMs / plan.repeat);

  const watch = await instance.watchMemory();
  try {
    await measureWarm(instance, invoke, { ...plan, lastMs }, outcome, cpuset);
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
  { lastMs, ...plan }: InstancePlan & { lastMs: number },
  outcome: Outcome,
  cpuset: number[],
): Promise<void> {
  const usageBefore = await instance.usage();
  for (let i = 0; i < plan.invocations && (i === 0 || performance.now() < lastMs); i++)
    outcome.latency_ms.push((await invoke(plan.repeat, 'invoke', i)).roundTripMs / plan.repeat);
  const usageAfter = await instance.usage();
  const frequency = await sampleFrequency(cpuset);
  if (frequency !== null) outcome.host = { frequency_share: frequency };

  const calls = outcome.latency_ms.length * plan.repeat;
  const busyMs = outcome.latency_ms.reduce((sum, ms) => sum + ms * plan.repeat, 0);
  outcome.metrics[METRIC_KEYS.latency] = median(outcome.latency_ms);
  outcome.metrics[METRIC_KEYS.throughput] = (calls / busyMs) * 1000;
  outcome.metrics[METRIC_KEYS.cpu] = (usageAfter.cpuMs - usageBefore.cpuMs) / calls;
  if (plan.tail > 0) await measureTail(plan.tail, invoke, outcome);
}

async function measureTail(count: number, invoke: Invoke, outcome: Outcome): Promise<void> {
  const tail: number[] = [];
  for (let i = 0; i < count; i++) tail.push((await invoke(1, 'tail', i)).roundTripMs);
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
