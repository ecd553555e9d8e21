import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ownerLives, STATE_ROOT } from '../../src/host/run-registry.ts';
import { isGone, machineId } from '../../src/lib/process-identity.ts';

const statOf = (pid: number): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

it('an owner that was killed and not yet reaped is dead', async () => {
  // The shell becomes a sleep that never waits for the child it left behind.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const runId = `zombie-test-${process.pid}`;
  try {
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const startTime = statOf(pid)[19] as string;
    mkdirSync(`${STATE_ROOT}/${runId}`, { recursive: true });
    writeFileSync(`${STATE_ROOT}/${runId}/owner.json`, JSON.stringify({ pid, startTime, bootId }));
    const identity = `${machineId()}-${pid}-${startTime}`;
    expect([await ownerLives(runId), isGone(identity)]).toEqual([true, false]);
    process.kill(pid, 'SIGKILL');
    while (statOf(pid)[0] !== 'Z') await sleep(2);
    expect([await ownerLives(runId), isGone(identity)]).toEqual([false, true]);
  } finally {
    parent.kill('SIGKILL');
    rmSync(`${STATE_ROOT}/${runId}`, { recursive: true, force: true });
  }
});
