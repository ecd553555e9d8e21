import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cgroupVersion } from '../../../src/host/cgroup.ts';
import { findProgram } from '../../../src/host/find-program.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-crun-'));
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await bench.end();
  rmSync(directory, { recursive: true });
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const isInstalled = findProgram('crun') !== null;
const start = () => isolationOf('crun').start(bench.image, RESOURCES, bench.claim.nextContext(10_000));

it('on a host with the pure cgroup v2 hierarchy starts and is what it says', async ({ skip }) => {
  skip(!isInstalled, 'crun is not installed');
  skip(cgroupVersion() !== 'v2', 'this host’s cgroups are v1 or hybrid, which crun refuses');
  expect(await isolationOf('crun').probe()).toMatchObject({ reason: null });
  const instance = await start();
  try {
    expect(await instance.evidence()).toMatchObject({ contradictions: [] });
  } finally {
    await instance.stop();
  }
});

it('on a hybrid host the probe says what crun itself would say', async ({ skip }) => {
  skip(!isInstalled, 'crun is not installed');
  skip(cgroupVersion() !== 'v1', 'this host has the pure cgroup v2 hierarchy');
  expect(await isolationOf('crun').probe()).toMatchObject({
    version: expect.stringMatching(/^crun version /),
    reason: 'crun needs the pure cgroup v2 hierarchy, and /sys/fs/cgroup is v1 or hybrid',
    fix: expect.stringContaining('systemd.unified_cgroup_hierarchy=1'),
  });
  await expect(start()).rejects.toThrow(/cgroups in hybrid mode not supported/);
});

// What crun is told is what runc is told: under its name runc runs the container.
it('has runc’s command line', async () => {
  const log = join(directory, 'argv');
  const file = join(directory, 'crun');
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${log}\nexec ${findProgram('runc')} "$@"\n`);
  chmodSync(file, 0o755);
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
  const instance = await start();
  try {
    expect(await instance.invoke(null, 1, 5_000)).toMatchObject({ ok: true });
    expect(await instance.evidence()).toMatchObject({ contradictions: [] });
    const home = `${bench.claim.directory}/`;
    const words = readFileSync(log, 'utf8').trim().split('\n');
    const id = words.at(-1) ?? '';
    expect(words).toEqual([
      ...['--root', `${home}${id}/state`, 'run', '--detach'],
      ...['--bundle', `${home}${id}`, '--pid-file', `${home}${id}/pid`, id],
    ]);
  } finally {
    await instance.stop();
  }
});
