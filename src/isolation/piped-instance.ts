/** The instance of the process, container and sandbox families: its channel is the program's own stdin and stdout. */

import type { ChildProcess, StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { InstanceError } from '../errors.ts';
import type { Evidence, Instance, PhasesMs } from '../types.ts';
import { failOnAbort, openChannel } from './channel.ts';
import { contradictionsOf, inCgroup, type Rule } from './contradictions.ts';
import { hostIdentity, processEvidence } from './host-evidence.ts';
import type { InstanceHome } from './instance-home.ts';
import { keepTail } from './tail.ts';

/** One socket at fd 3, which `launch --channel` moves to stdin and stdout: Node closes a child's stdin when it exits. */
export const CHANNEL_STDIO: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe'];

const EXIT_MS = 200;

export interface PipedStart {
  /** Spawned with {@link CHANNEL_STDIO}. */
  child: ChildProcess;
  startedMs: number;
  home: InstanceHome;
  startTimeoutMs: number;
  signal: AbortSignal;
  /** Resolves with the pid of the isolated process once the runtime has made it; rejects with an InstanceError. */
  created: () => Promise<number>;
  rules: Rule[];
}

/** @throws InstanceError; whatever was started is gone by then */
export async function startPiped(start: PipedStart): Promise<Instance> {
  const { child, home, startedMs } = start;
  const { cgroup } = home;
  const socket = child.stdio[3] as Duplex;
  const tail = child.stderr ? keepTail(child.stderr) : () => '';
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      // All that there is of a container lives in its cgroup, its namespaces and its state directory: with the processes
      // killed it is gone. A runtime's own `delete` would poll for a tenth of a second and more.
      await home.remove();
      socket.destroy();
      child.stderr?.destroy();
    })();
    return stopping;
  };
  const channel = openChannel(socket, () => endMessage(child, tail));
  child.on('error', (error) => channel.fail(new InstanceError('start-failed', 'start', error.message)));
  failOnAbort(channel, socket, start.signal);

  try {
    const ready = channel.ready(start.startTimeoutMs);
    // Both are awaited below; a rejection of one while the other is pending must not count as unhandled.
    ready.catch(() => {});
    // A runtime's client that hangs is no longer waited for when the time to be ready is over.
    const pid = await Promise.race([start.created(), ready.then(() => new Promise<never>(() => {}))]);
    const phasesMs: PhasesMs = {
      created: performance.now() - startedMs,
      booted: null,
      ready: null,
      first_response: null,
    };
    const { evidence: guest, atMs } = await ready;
    // The host's own command line: no news to the host, and no business of a published report.
    delete guest['cmdline'];
    phasesMs.ready = atMs - startedMs;
    return {
      phasesMs,
      async invoke(event, repeat, timeoutMs) {
        const first = phasesMs.first_response === null;
        const reply = await channel.invoke(event, repeat, timeoutMs, first ? 'first-response' : 'invoke');
        if (first) phasesMs.first_response = reply.atMs - startedMs;
        return reply;
      },
      usage: () => cgroup.usage(),
      async evidence(): Promise<Evidence> {
        const charged = (await cgroup.pids()).includes(pid);
        const seen = { host: { ...(await processEvidence(pid)), in_cgroup: String(charged) }, guest };
        return { ...seen, contradictions: contradictionsOf(seen, await hostIdentity(), [inCgroup, ...start.rules]) };
      },
      stderrTail: tail,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function endMessage(child: ChildProcess, tail: () => string): Promise<string> {
  // The channel's end may be seen before that of its process, whose exit code or signal says why.
  if (child.exitCode === null && child.signalCode === null)
    await once(child, 'exit', { signal: AbortSignal.timeout(EXIT_MS) }).catch(() => {});
  const words = tail().slice(-500);
  const how =
    child.exitCode !== null && child.exitCode !== 0
      ? `exited with code ${child.exitCode}`
      : child.signalCode !== null
        ? `was killed by ${child.signalCode}`
        : 'ended';
  return `the function's process ${how} without an answer${words ? `; its last words: ${words}` : ''}`;
}
