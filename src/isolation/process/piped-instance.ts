/** The instance of the process, container and sandbox families: its channel is the program's own stdin and stdout. */

import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortenStart } from '../../lib/text.ts';
import { InstanceError } from '../../model/errors.ts';
import type { Instance, StartContext } from '../../model/isolation.ts';
import { failOnAbort, openChannel } from '../channel/channel.ts';
import { environmentRecords } from '../channel/environment.ts';
import { addLastWords, adviseOnWords, howItEnded, keepTail } from '../channel/process-end.ts';
import { OUT_OF_MEMORY, serveInstance } from '../channel/serve-instance.ts';
import type { Rule } from '../evidence/contradictions.ts';
import { type Launch, launch } from './launcher.ts';

/** One socket at fd 3, which `launch --channel` moves to stdin and stdout: Node closes a child's stdin when it exits. */
const CHANNEL_STDIO: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe'];

export interface PipedStart extends Omit<Launch, 'options'> {
  /** Of the launcher, besides those that connect the channel. */
  options?: Launch['options'];
  context: StartContext;
  startedMs: number;
  /**
   * Resolves with the pid of the isolated process once the runtime has made it, with null where only the process itself
   * can tell (`findSpeaker`); rejects with an InstanceError.
   */
  created: (child: ChildProcess) => Promise<number | null>;
  /** The process that the host looks at, where `created` resolves with null and it is not the one that spoke. */
  pid?: () => Promise<number | null>;
  hostFacts?: (pid: number, child: ChildProcess) => Promise<Record<string, string>>;
  /** Why the instance ended, where somebody else knows it, as an engine's daemon does. */
  explainEnd?: () => Promise<string | null>;
  rules: Rule[];
}

/** @throws InstanceError; whatever was started is gone by then */
export async function startPiped(start: PipedStart): Promise<Instance> {
  const { home, startedMs, hostFacts } = start;
  const { startTimeoutMs, signal } = start.context;
  const child = launch({ ...start, options: { ...start.options, channel: true } }, CHANNEL_STDIO);
  const spawnedMs = performance.now() - startedMs;
  const { cgroup } = home;
  const socket = child.stdio[3] as Duplex;
  const tail = child.stderr ? keepTail(child.stderr) : () => '';
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      // A container is its processes, its namespaces and its state directory: once its cgroup is killed and the directory
      // removed, nothing is left. A runtime's own `delete` would poll for a tenth of a second and more.
      await home.remove();
      socket.destroy();
      child.stderr?.destroy();
    })();
    return stopping;
  };
  // When it is stopped, no explanation is needed: an engine's client that was asked for one could outlive the instance.
  const channel = openChannel(
    socket,
    () => (stopping ? 'it was stopped' : endMessage(start, child, tail)),
    environmentRecords(start.image.env),
  );
  child.on('error', (error) => channel.fail(new InstanceError('start-failed', 'start', error.message)));
  failOnAbort(channel, socket, signal);

  try {
    const ready = channel.ready(startTimeoutMs);
    // Both are awaited below; a rejection of one while the other is pending must not count as unhandled.
    ready.catch(() => {});
    // A runtime's client that hangs, before or after its container is ready, is not waited for without end.
    const tooLong = ready
      .then(() => sleep(startTimeoutMs, undefined, { ref: false }))
      .then(() => {
        throw new InstanceError('timeout', 'start', `the runtime's client did not end within ${startTimeoutMs} ms`);
      });
    const pid = await Promise.race([start.created(child), tooLong]);
    const createdMs = performance.now() - startedMs;
    const { evidence: guest, atMs } = await ready;
    // The host's own command line: no news to the host, and no business of a published report.
    delete guest['cmdline'];
    const phasesMs = {
      spawned: spawnedMs,
      created: createdMs,
      booted: null,
      ready: atMs - startedMs,
      first_response: null,
    };
    return serveInstance({
      channel,
      startedMs,
      phasesMs,
      cgroup,
      pid: pid ?? start.pid ?? null,
      guest,
      ...(hostFacts && { hostFacts: (pid) => hostFacts(pid, child) }),
      rules: start.rules,
      stderrTail: tail,
      stop,
    });
  } catch (error) {
    if (!signal.aborted) await addLastWords(error, tail);
    await stop();
    throw error;
  }
}

async function endMessage({ home, explainEnd }: PipedStart, child: ChildProcess, tail: () => string): Promise<string> {
  const how = await howItEnded(child);
  const words = shortenStart(tail(), 500);
  const last = words ? `; its last words: ${words}${adviseOnWords(words)}` : '';
  if (await home.cgroup.ranOutOfMemory().catch(() => false)) return `${OUT_OF_MEMORY}${last}`;
  const explained = await explainEnd?.();
  if (explained) return `${explained}${last}`;
  return `the function's process ${how} without an answer${last}`;
}
