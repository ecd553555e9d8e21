/** A guest under any VMM: its sockets, its phases, its end. What differs by VMM comes in as functions. */

import type { ChildProcess } from 'node:child_process';
import { shortenStart } from '../../lib/text.ts';
import type { Resources } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import type { Instance, StartContext } from '../../model/isolation.ts';
import type { PhasesMs } from '../../model/metrics.ts';
import { VMM_UID } from '../../model/uids.ts';
import { failOnAbort, openChannel } from '../channel/channel.ts';
import { environmentRecords } from '../channel/environment.ts';
import type { Listener } from '../channel/listener.ts';
import { addLastWords, adviseOnWords, howItEnded, keepTail } from '../channel/process-end.ts';
import { serveInstance } from '../channel/serve-instance.ts';
import type { Rule } from '../evidence/contradictions.ts';
import { mitigationsFact, vmRules } from '../evidence/vm-rules.ts';
import { type InstanceHome, startAtHome } from '../instance-home.ts';
import { type Launch, launch } from '../process/launcher.ts';

const VMM_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' };

/** How a VMM is started that is no jailer's: as a user of its own, with KVM. */
export const VMM_OPTIONS = { uid: VMM_UID, gid: VMM_UID, device: '/dev/kvm', dieWithParent: true } as const;

export interface VmStart extends Omit<Launch, 'env'> {
  /** As messages call it: QEMU, Firecracker. */
  vmm: string;
  context: StartContext;
  startedMs: number;
  /** Whether its stdout is kept to a tail, as its stderr is. */
  keepsStdout?: boolean;
  /** On the host's side of the guest's two streams, listening before the guest starts. */
  channel: Listener;
  stderr: Listener;
  /**
   * Resolves when the VMM is up and the guest starts. `fail` may be called at any time, when the VMM tells that the guest
   * will not go on: `what` completes a sentence that starts with the VMM's name.
   */
  created: (
    fail: (what: string) => void,
    child: ChildProcess,
  ) => Promise<{
    /** The process whose isolation is proven; the child where left out. */
    pid?: number;
    hostFacts?: () => Promise<Record<string, string>>;
  }>;
  /** What the guest was given. */
  guestBytes: number;
  /** Without hardware virtualisation; left out where the VMM knows nothing else than KVM. */
  emulated?: boolean;
  /** Beside those that hold of every guest. */
  rules: Rule[];
  /** Called once at the end, after every process is gone. */
  close?: () => void | Promise<void>;
}

/** What VMMs need themselves is far less (docs/reference/isolations.md); this only bounds what goes wrong. */
const VMM_ALLOWANCE_BYTES = 2 ** 28;

export interface VmPlace {
  home: InstanceHome;
  guestBytes: number;
  startedMs: number;
}

/** Makes the home of a VMM and its guest, whose memory limit covers both. @param extraBytes what this VMM needs on top */
export function startVmAtHome(
  context: StartContext,
  resources: Resources,
  start: (place: VmPlace) => Promise<Instance>,
  extraBytes = 0,
): Promise<Instance> {
  const startedMs = performance.now();
  const guestBytes = resources.memoryBytes + resources.guestOverheadBytes;
  const memoryBytes = guestBytes + VMM_ALLOWANCE_BYTES + extraBytes;
  return startAtHome(context, { memoryBytes, owner: VMM_UID }, (home) => start({ home, guestBytes, startedMs }));
}

/** @throws InstanceError; whatever was started is gone by then */
export async function startVm(start: VmStart): Promise<Instance> {
  const { vmm, home, context, startedMs } = start;
  const child = launch({ ...start, env: VMM_ENV }, ['ignore', start.keepsStdout ? 'pipe' : 'ignore', 'pipe']);
  const spawnedMs = performance.now() - startedMs;
  const vmmWords = wordsOf(child);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      child.kill('SIGKILL');
      await home.remove();
      for (const listener of [start.channel, start.stderr]) listener.close();
      await start.close?.();
      child.stdout?.destroy();
      child.stderr?.destroy();
    })();
    return stopping;
  };

  let guestWords = (): string => '';
  try {
    const early = endedEarly(vmm, child, vmmWords, context);
    let vmmFailed: (error: InstanceError) => void = early.fail;
    const fail = (what: string): void =>
      vmmFailed(new InstanceError('start-failed', 'start', `${vmm} ${what}: ${vmmWords().split('\n')[0]}`));
    const running = await Promise.race([start.created(fail, child), early.promise]);
    const phasesMs: PhasesMs = {
      spawned: spawnedMs,
      created: performance.now() - startedMs,
      booted: null,
      ready: null,
      first_response: null,
    };
    const [channelStream, stderrStream] = await Promise.race([
      Promise.all([start.channel.connection, start.stderr.connection]),
      early.promise,
    ]);
    early.settle();
    guestWords = keepTail(stderrStream);
    const channel = openChannel(
      channelStream,
      () => endMessage(vmm, child, vmmWords, guestWords),
      environmentRecords(start.image.env),
    );
    vmmFailed = channel.fail;
    failOnAbort(channel, channelStream, context.signal);
    const { evidence: guest, atMs } = await channel.ready(context.startTimeoutMs, (bootedMs) => {
      phasesMs.booted = bootedMs - startedMs;
    });
    phasesMs.ready = atMs - startedMs;
    return serveInstance({
      channel,
      startedMs,
      phasesMs,
      cgroup: home.cgroup,
      pid: running.pid ?? child.pid ?? 0,
      guest,
      hostFacts: async () => ({ ...(await mitigationsFact(guest)), ...(await running.hostFacts?.()) }),
      rules: [...vmRules(start.guestBytes, start.emulated ?? false), ...start.rules],
      stderrTail: guestWords,
      stop,
    });
  } catch (error) {
    if (!context.signal.aborted) await addLastWords(error, guestWords);
    await stop();
    throw error;
  }
}

/** The last words of both of a VMM's streams: some complain on stdout. */
function wordsOf(child: ChildProcess): () => string {
  const tails = [child.stdout, child.stderr].flatMap((stream) => (stream ? [keepTail(stream)] : []));
  return () =>
    tails
      .map((tail) => tail())
      .filter(Boolean)
      .join('; ');
}

/** How a start fails before the guest has connected: the VMM ends or complains, the time runs out, the run is aborted. */
function endedEarly(
  vmm: string,
  child: ChildProcess,
  words: () => string,
  { startTimeoutMs: timeoutMs, signal }: Pick<StartContext, 'startTimeoutMs' | 'signal'>,
): { promise: Promise<never>; fail: (error: InstanceError) => void; settle: () => void } {
  let reject: (error: InstanceError) => void = () => {};
  const promise = new Promise<never>((_, rejectWith) => {
    reject = rejectWith;
  });
  promise.catch(() => {});
  const timer = setTimeout(
    () => reject(new InstanceError('timeout', 'start', `the guest did not connect within ${timeoutMs} ms`)),
    timeoutMs,
  ).unref();
  const settle = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupted);
  };
  const fail = (error: InstanceError): void => {
    settle();
    reject(error);
  };
  const interrupted = (): void => fail(new InstanceError('crashed', 'start', 'interrupted'));
  if (signal.aborted) interrupted();
  else signal.addEventListener('abort', interrupted, { once: true });
  const end = (how: string): void =>
    fail(new InstanceError('start-failed', 'start', `${vmm} ${how}: ${shortenStart(words(), 500)}`));
  child.once('error', (error) => end(error.message));
  child.once('exit', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
  return { promise, fail, settle };
}

/** The agent's last words, whatever it ends for: what ends without them, its own kernel has ended. */
const AGENT_WORDS = /^isogate-agent: (function (?<end>.*?)(?<memory>, out of memory)?|init: .*)$/m;

async function endMessage(
  vmm: string,
  child: ChildProcess,
  vmmWords: () => string,
  guestWords: () => string,
): Promise<string> {
  const how = await howItEnded(child);
  const words = shortenStart([guestWords(), vmmWords()].filter(Boolean).join('; '), 700);
  const last = words ? `; the last words: ${words}${adviseOnWords(words)}` : '';
  const agent = AGENT_WORDS.exec(guestWords());
  if (agent?.groups?.['memory'] !== undefined)
    return `the guest ran out of memory, and its kernel killed the function: the limit is resources.memory${last}`;
  // Killed, or ended with another code: that is the VMM's business. Else the guest reset its machine, as it does when
  // its kernel panics (panic=-1).
  if (agent === null && child.exitCode === 0)
    return `the guest reset its machine without a word of its agent, presumably since its kernel panicked; ${vmm} ${how}${last}`;
  return `the guest ended without an answer, ${vmm} ${how}${last}`;
}
