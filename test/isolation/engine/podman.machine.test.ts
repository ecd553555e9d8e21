import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sweep } from '../../../src/isolation/cleanup/sweep.ts';
import { createIsolation } from '../../../src/isolation/create-isolation.ts';
import type { IsolationConfig } from '../../../src/model/config.ts';
import type { Instance } from '../../../src/model/isolation.ts';
import { bundleHarness, startHarness } from '../../faults/run-harness.ts';
import { wrapEngine } from '../../support/engine-wrapper.ts';
import { GUEST_DIR } from '../../support/env.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';

const podman = (over: Partial<IsolationConfig> = {}) => createIsolation({ ...isolationConfig('podman'), ...over });
const { reason: unusable } = await podman().probe();
let bench: NullBench;

beforeAll(async () => {
  if (unusable === null) bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterAll(async () => {
  if (unusable !== null) return;
  await bench.end();
  expectNothingOf(bench.claim.runId);
}, 60_000);
beforeEach((context) => {
  if (unusable !== null) context.skip(unusable);
});

const stores = (runId: string): string[] => [
  ...readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(runId)),
  ...(existsSync(`/var/lib/isogate/${runId}`) ? [`/var/lib/isogate/${runId}`] : []),
];
function expectNothingOf(runId: string): void {
  expect([...leftovers(runId), ...stores(runId)]).toEqual([]);
}
const start = (over: Partial<IsolationConfig> = {}): Promise<Instance> =>
  podman(over).start(bench.image, RESOURCES, bench.claim.nextContext(30_000));
/** Of instances; the run's own store stays until its end. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => one.startsWith('process')),
  ...readdirSync(bench.claim.directory).filter((name) => name.startsWith(bench.claim.runId)),
  ...stores(bench.claim.runId).filter((line) => /\/merged |\/shm /.test(line)),
];
const contradictionsOf = async (over: Partial<IsolationConfig> = {}): Promise<string[]> => {
  const instance = await start(over);
  try {
    await instance.invoke(null, 1, 30_000);
    return (await instance.evidence()).contradictions;
  } finally {
    await instance.stop();
  }
};

describe('podman', () => {
  it('is usable here', async () => {
    expect(await podman().probe()).toMatchObject({
      ...{ reason: null, fix: null, version: expect.stringMatching(/^podman version \d.*; \w+ version \d/) },
    });
  });

  it('says which runtime it does not find', async () => {
    expect(await podman({ runtime: 'nosuch' }).probe()).toMatchObject({
      reason: expect.stringMatching(/^podman finds no runtime "nosuch": /),
      fix: expect.stringContaining('containers.conf'),
    });
  });

  it('starts, answers, is what it says, is charged for, and leaves nothing', async () => {
    const instance = await start();
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      const { created, ready, first_response } = instance.phasesMs;
      expect(created).toBeGreaterThan(0);
      expect(ready).toBeGreaterThanOrEqual(created as number);
      expect(first_response).toBeGreaterThan(ready as number);
      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host).toMatchObject({
        ...{ runtime_kind: 'container', image: 'imported', root_mount: 'overlay ro', shim_in_cgroup: 'true' },
        ...{ container_memory_limit: String(RESOURCES.memoryBytes), cpus_allowed: bench.claim.cpuset.join(',') },
      });
      expect(guest['cpus']).toBe('1');
      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(100_000);
      expect(usage.cpuMs).toBeGreaterThan(1);
    } finally {
      await instance.stop();
    }
    expect(left()).toEqual([]);
  });

  it('takes the runtime that is asked for', async () => {
    expect(await contradictionsOf({ runtime: 'runc' })).toEqual([]);
  });

  it('leaves nothing of ten starts in a row', async () => {
    for (let i = 0; i < 10; i++) await (await start()).stop();
    expect(left()).toEqual([]);
  }, 60_000);

  it.each<[string, Record<string, string>, RegExp]>([
    ['privileged', { run: '--privileged' }, /^host evidence cap_bnd is "/],
    ['no seccomp filter', { '--security-opt seccomp=': 'seccomp=unconfined' }, /^host evidence seccomp is "0", /],
    ['the host’s network', { '--network ': 'host' }, /^host evidence ns_net is "net:/],
    ['the host’s processes', { run: '--pid host' }, /^host evidence ns_pid is "pid:/],
    ['more memory', { '--memory ': '300m', '--memory-swap ': '300m' }, /^host evidence container_memory_limit is "3/],
  ])('a client that adds %s is told by the evidence', async (_, change, expected) => {
    const wrapper = wrapEngine('podman', change);
    try {
      expect(await contradictionsOf()).toContainEqual(expect.stringMatching(expected));
    } finally {
      wrapper.remove();
    }
  });

  it('keeps its images where nobody else gets at them, also beside a jail', async () => {
    const disk = `/var/lib/isogate/${bench.claim.runId}`;
    chmodSync(disk, 0o755);
    const instance = await start();
    // As another user: set-id programs of an image would be theirs to start.
    const look = { uid: 65_534, gid: 65_534, encoding: 'utf8', cwd: '/' } as const;
    const found = spawnSync('find', [disk, '-mindepth', '2'], look).stdout;
    await instance.stop();
    expect(found).toBe('');
  }, 60_000);

  it('crashes when its monitor is killed, and leaves nothing', async () => {
    const instance = await start();
    await instance.invoke(null, 1, 30_000);
    const [monitor] = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => /conmon\0/.test(argv(pid)) && argv(pid).includes(bench.claim.runId));
    process.kill(Number(monitor), 'SIGKILL');
    await expect(instance.invoke(null, 1, 10_000)).rejects.toMatchObject({ name: 'InstanceError' });
    await instance.stop();
    // A client of Podman's own that cleans up after its monitor ends by itself.
    const processes = () => leftovers(bench.claim.runId).filter((one) => one.startsWith('process'));
    await vi.waitFor(() => expect(processes()).toEqual([]), { timeout: 10_000, interval: 200 });
  }, 60_000);
});

function argv(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

it(
  'a harness that was killed leaves what the sweep removes',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-killed-'));
    await bench.end();
    expectNothingOf(bench.claim.runId);
    const bundle = await bundleHarness(directory);
    const task = { type: 'podman', phase: 'measuring', cacheDir: directory, guestDir: GUEST_DIR, directory } as const;
    const harness = await startHarness(bundle, task, {});
    expect(await harness.reached).toBeNull();
    expect(stores(harness.runId)).not.toEqual([]);
    harness.child.kill('SIGKILL');
    await harness.ended;
    // Another test's run may sweep first: the host's lock is free now.
    await sweep(() => {});
    expectNothingOf(harness.runId);
    rmSync(directory, { recursive: true, force: true });
    bench = await openNullBench(false);
  },
  HOST_WAIT_MS,
);
