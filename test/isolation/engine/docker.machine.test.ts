import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
import { noDaemon, openDaemon, type PrivateDaemon } from '../../support/private-daemon.ts';

const unusable = noDaemon();
const RUNSC = '/opt/isogate/bin/runsc';
const DAEMON = {
  runtimes: {
    runsc: { path: RUNSC, runtimeArgs: ['--network=none'] },
    // Called runsc, and is runc; called something of the user's own, and is runc too.
    'lying-runsc': { path: 'runc' },
    plain: { path: 'runc' },
  },
};
let bench: NullBench;
let daemon: PrivateDaemon;

beforeAll(async () => {
  if (unusable) return;
  daemon = await openDaemon(DAEMON);
  process.env['DOCKER_HOST'] = daemon.host;
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterAll(async () => {
  if (unusable) return;
  try {
    await bench.end();
    expect(leftovers(bench.claim.runId)).toEqual([]);
    expect([daemon.docker('ps', '-aq'), daemon.docker('images', '-aq')]).toEqual(['', '']);
  } finally {
    delete process.env['DOCKER_HOST'];
    await daemon.close();
  }
}, 60_000);

beforeEach((context) => {
  if (unusable) context.skip(unusable);
});

const docker = (over: Partial<IsolationConfig> = {}) => createIsolation({ ...isolationConfig('docker'), ...over });
const start = (over: Partial<IsolationConfig> = {}): Promise<Instance> =>
  docker(over).start(bench.image, RESOURCES, bench.claim.nextContext(30_000));
const containers = (): string => daemon.docker('ps', '-aq');
/** Of instances; the run's own directory and image stay until its end. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one)),
  ...readdirSync(bench.claim.directory).filter((name) => name.startsWith(bench.claim.runId)),
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

describe('docker', () => {
  it('is usable where a daemon answers', async () => {
    expect(await docker().probe()).toMatchObject({
      ...{ reason: null, fix: null, version: expect.stringMatching(/^Docker version .*; daemon \d+.*, runc$/) },
    });
  });

  it('names the runtimes that the daemon knows when it does not know the one that is asked for', async () => {
    expect(await docker({ runtime: 'crun' }).probe()).toMatchObject({
      reason: 'the Docker daemon knows no runtime "crun"; it knows: lying-runsc, plain, runc, runsc',
      fix: 'name it under "runtimes" in /etc/docker/daemon.json, then: sudo systemctl restart docker',
    });
  });

  it('starts, answers, is what it says, is charged for, and leaves nothing', async () => {
    const instance = await start();
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      const { created, ready, first_response } = instance.phasesMs;
      expect(created).toBeGreaterThan(0);
      expect(first_response).toBeGreaterThan(ready as number);
      expect(ready).toBeGreaterThanOrEqual(created as number);

      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host).toMatchObject({
        ...{ runtime: 'runc', runtime_kind: 'container', image: 'imported', root_mount: 'overlay ro' },
        ...{ container_memory_limit: String(RESOURCES.memoryBytes), shim_in_cgroup: 'true', in_cgroup: 'true' },
        cpus_allowed: bench.claim.cpuset.join(','),
      });
      expect(guest['cpus']).toBe('1');

      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(100_000);
      expect(usage.cpuMs).toBeGreaterThan(1);
    } finally {
      await instance.stop();
    }
    expect(containers()).toBe('');
    expect(left()).toEqual([]);
  });

  it('imports an image once', async () => {
    const context = bench.claim.nextContext(0);
    await docker().prepare?.(bench.image, context);
    await docker().prepare?.(bench.image, context);
    expect(daemon.docker('images', '-q').split('\n')).toHaveLength(1);
  });

  it('leaves nothing of ten starts in a row', async () => {
    for (let i = 0; i < 10; i++) await (await start()).stop();
    expect(containers()).toBe('');
    expect(left()).toEqual([]);
  }, 60_000);

  it('runs gVisor where the daemon is configured for it, by gVisor’s rules', async (context) => {
    if (!existsSync(RUNSC)) context.skip(`${RUNSC} is not installed`);
    const instance = await start({ runtime: 'runsc' });
    try {
      await instance.invoke(null, 1, 30_000);
      const { host, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host).toMatchObject({ runtime: 'runsc', runtime_kind: 'sandbox', exe: RUNSC });
    } finally {
      await instance.stop();
    }
    expect(containers()).toBe('');
    expect(left()).toEqual([]);
  });

  it('takes a runtime of any other name for what it is', async () => {
    expect(await contradictionsOf({ runtime: 'plain' })).toEqual([]);
  });

  it('is not fooled by a runtime’s name', async () => {
    expect(await contradictionsOf({ runtime: 'lying-runsc' })).toEqual([
      'host evidence runtime_kind is "container", expected "sandbox", as "lying-runsc" says to be',
    ]);
  });

  it.each<[string, Record<string, string>, RegExp[]]>([
    ['privileged', { run: '--privileged' }, [/^host evidence cap_bnd is "/]],
    ['no seccomp filter', { '--security-opt seccomp=': 'seccomp=unconfined' }, [/^host evidence seccomp is "0", /]],
    ['the host’s network', { '--network ': 'host' }, [/^host evidence ns_net is "net:/]],
    ['the host’s processes', { run: '--pid host' }, [/^host evidence ns_pid is "pid:/]],
    [
      'more memory',
      { '--memory ': '1g', '--memory-swap ': '1g' },
      [/^host evidence container_memory_limit is "1073741824"/],
    ],
    ['a writable root', { ' --read-only': '--read-only=false' }, [/^host evidence root_mount is "overlay rw"/]],
    ['root', { '--user ': '0:0' }, [/^host evidence uid is "0"/, /^host evidence cap_eff is "0{8}a80425fb"/]],
  ])('a client that adds %s is told by the evidence', async (_, change, expected) => {
    const wrapper = wrapEngine('docker', change);
    try {
      const found = await contradictionsOf();
      for (const one of expected) expect(found).toContainEqual(expect.stringMatching(one));
    } finally {
      wrapper.remove();
    }
    expect(containers()).toBe('');
  });

  it('says that the daemon went, and cleans up when it is back', async () => {
    const instance = await start();
    await instance.invoke(null, 1, 30_000);
    await daemon.kill();
    try {
      await expect(instance.invoke(null, 1, 10_000)).rejects.toThrow(
        /^docker does not answer any more, and the function went with its client: /,
      );
      expect(await docker().probe()).toMatchObject({
        reason: expect.stringMatching(/^the Docker daemon is not running: /),
        fix: 'sudo systemctl start docker',
      });
      await instance.stop();
      expect(left()).toEqual([]);
    } finally {
      await daemon.start();
    }
    // The record of it goes with the run, at the latest: the last test looks.
    await (await start()).stop();
  }, 60_000);
});

describe('a harness that was killed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-killed-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it(
    'leaves what the sweep removes, as soon as the daemon answers',
    async () => {
      await bench.end();
      const bundle = await bundleHarness(directory);
      const task = { type: 'docker', phase: 'measuring', cacheDir: directory, guestDir: GUEST_DIR, directory } as const;
      const harness = await startHarness(bundle, task, {});
      expect(await harness.reached).toBeNull();
      expect(containers()).not.toBe('');
      await daemon.kill();
      harness.child.kill('SIGKILL');
      await harness.ended;

      const first = await sweep(() => {});
      expect(first.removed).not.toContain(harness.runId);
      expect(first.pending.join()).toMatch(
        new RegExp(`of run ${harness.runId} may be left in docker: .*connect`, 'is'),
      );
      expect(leftovers(harness.runId).filter((one) => !one.startsWith('/run/isogate/'))).toEqual([]);

      await daemon.start();
      expect(containers()).not.toBe('');
      const second = await sweep(() => {});
      expect(second.removed).toContain(harness.runId);
      expect(second.pending.join()).not.toContain(harness.runId);
      expect([containers(), daemon.docker('images', '-aq')]).toEqual(['', '']);
      expect(leftovers(harness.runId)).toEqual([]);
      bench = await openNullBench(false);
    },
    HOST_WAIT_MS,
  );
});
