import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CGROUP_MOUNT, createCgroup } from '../../src/host/cgroup.ts';
import { claimHost, type HostClaim } from '../../src/isolation/cleanup/claim-host.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { needsRoot } from '../support/skip-unless.ts';

needsRoot();

let claim: HostClaim;
// What no live run owns, the next run on this machine sweeps up.
beforeAll(async () => {
  claim = await claimHost(1, () => {}, new AbortController().signal);
}, HOST_WAIT_MS);
afterAll(() => claim.release());

const PROGRAM = `
import sys
for line in sys.stdin:
    held = bytearray(230 << 20)
    held[::4096] = b"x" * ((230 << 20) >> 12)
    del held
    print("given back", flush=True)
`;

it('does not count what a container below has just given back', async () => {
  const cgroup = createCgroup(claim.runId, 'one', { cpuset: [0], memoryBytes: null });
  const container = `${CGROUP_MOUNT}${cgroup.version === 'v1' ? '/memory' : ''}${cgroup.containerPath}`;
  mkdirSync(container);
  const move = `echo 0 >${container}/cgroup.procs; exec /usr/bin/python3 -S -c "$0"`;
  const child = spawn('/bin/sh', ['-c', move, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the program ended early: ${code ?? signal}`);
  });
  const seen: number[] = [];
  // The statistics lag behind in about one of twelve calls.
  for (let call = 0; call < 40; call++) {
    child.stdin.write('\n');
    await Promise.race([once(lines, 'line'), ended]);
    seen.push(Math.round((await cgroup.usage()).memoryBytes / 2 ** 20));
  }
  child.stdin.end();
  await expect(ended).rejects.toThrow('0');
  expect(Math.max(...seen)).toBeLessThan(20);
  expect(Math.min(...seen)).toBeGreaterThan(0);
}, 120_000);
