/** Round trips of nothing: through the harness's channel, and a ping-pong of two Node processes over pipes. */

import { spawn } from 'node:child_process';
import { median } from 'simple-statistics';
import type { FunctionImage } from '../src/model/image.ts';
import { type Bed, RESOURCES, TIMEOUT_MS } from './bed.ts';
import { type Pair, takePairs } from './pairs.ts';

const BATCH = 200;
const BATCHES = 5;
/** Both sides are compiled by then. */
const WARM_UP_BATCHES = 3;
const ECHO = "process.stdin.on('data', (chunk) => process.stdout.write(chunk))";

/**
 * One pair from a fresh instance and a fresh echoing process: two processes of the same program differ by more than two
 * batches of the same process. Batches alternate.
 *
 * @returns medians of all batches' median round trips, in milliseconds
 */
export async function pairOfRoundTrips(bed: Bed, image: FunctionImage): Promise<Pair> {
  const instance = await bed.native.start(image, RESOURCES, bed.claim.nextContext(TIMEOUT_MS));
  const echo = startEcho(bed.claim.cpuset);
  const invoke = async (): Promise<void> => {
    const reply = await instance.invoke({}, 0, TIMEOUT_MS);
    if (!reply.ok) throw new Error(`the function failed: ${reply.error.message}`);
  };
  try {
    const ours = (): Promise<number> => batch(invoke);
    const bare = (): Promise<number> => batch(echo.ping);
    const pairs = await takePairs(BATCHES, bed.signal, ours, bare, WARM_UP_BATCHES);
    return { ours: median(pairs.map((pair) => pair.ours)), bare: median(pairs.map((pair) => pair.bare)) };
  } finally {
    await instance.stop();
    await echo.stop();
  }
}

async function batch(once: () => Promise<void>): Promise<number> {
  const tookMs: number[] = [];
  for (let i = 0; i < BATCH; i++) {
    const startedMs = performance.now();
    await once();
    tookMs.push(performance.now() - startedMs);
  }
  return median(tookMs);
}

/** The lines are as long as requests of the harness are. */
export function startEcho(cpuset: number[]) {
  const child = spawn('taskset', ['-c', cpuset.join(','), process.execPath, '-e', ECHO], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => {
    child.on('close', () => {
      fail?.(new Error('the echoing process ended'));
      resolve();
    });
    child.on('error', (error) => {
      fail?.(error);
      resolve();
    });
  });
  let id = 1;
  let done: (() => void) | null = null;
  let fail: ((error: Error) => void) | null = null;
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.at(-1) === 10) done?.();
  });
  return {
    ping: (): Promise<void> =>
      new Promise((resolve, reject) => {
        done = resolve;
        fail = reject;
        child.stdin.write(`{"id":${id++},"event":{},"repeat":0}\n`);
      }),
    pid: child.pid,
    async stop(): Promise<void> {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
