import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { shimOf } from '../../src/isolation/engine/engine-inspect.ts';

describe('a container’s shim', () => {
  const ID = 'f'.repeat(63) + String(process.pid % 10);
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });
  /** With a child of its own, which stands for the container's first process. */
  async function monitor(name: string, args: string[], uid?: number): Promise<{ pid: number; inside: number }> {
    const script = 'sleep 60 & echo $!; wait';
    const child = spawn('/bin/sh', ['-c', script, 'x', ...args], {
      ...{ argv0: name, stdio: ['ignore', 'pipe', 'ignore'] },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    started.push(child);
    const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return { pid: child.pid ?? 0, inside: Number(chunk.toString()) };
  }

  it('is not what another user calls so', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('needs root');
    const forged = await monitor('conmon', ['-c', ID], 65_534);
    expect(await shimOf({ id: ID, pid: 1 })).toBeNull();
    expect(await shimOf({ id: ID, pid: forged.inside })).toBeNull();
    process.kill(forged.inside);
  });
});
