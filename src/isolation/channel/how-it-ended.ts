import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const EXIT_MS = 200;

/** A channel's end may be seen before that of its process, whose exit code or signal says why: it is waited for. */
export async function howItEnded(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null)
    await once(child, 'exit', { signal: AbortSignal.timeout(EXIT_MS) }).catch(() => {});
  if (child.signalCode !== null) return `was killed by ${child.signalCode}`;
  return child.exitCode !== null && child.exitCode !== 0 ? `exited with code ${child.exitCode}` : 'ended';
}
