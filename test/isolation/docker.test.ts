import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import type { Instance, IsolationConfig } from '../../src/types.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const unusable = noDaemon();
const RUNSC = '/opt/isogate/bin/runsc';
let bench: NullBench;
let daemon: PrivateDaemon;

beforeAll(async () => {
  if (unusable) return;
  daemon = await openDaemon({
    runtimes: {
      runsc: { path: RUNSC, runtimeArgs: ['--network=none'] },
      'lying-runsc': { path: 'runc' },
      plain: { path: 'runc' },
    },
  });
  process.env['DOCKER_HOST'] = daemon.host;
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterAll(async () => {
  if (unusable) return;
  await bench.end();
  expect(daemon.docker('ps', '-aq')).toBe('');
  expect(daemon.docker('images', '-aq')).toBe('');
  await daemon.close();
  delete process.env['DOCKER_HOST'];
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const docker = (over: Partial<IsolationConfig> = {}) => createIsolation({ ...isolationConfig('docker'), ...over });
const start = (over: Partial<IsolationConfig> = {}): Promise<Instance> =>
  docker(over).start(bench.image, RESOURCES, bench.claim.nextContext(30_000));
const containers = (): string => daemon.docker('ps', '-aq');
const left = (): string[] => leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one));

describe.skipIf(unusable !== null)('docker', () => {
  it('is usable where a daemon answers', async () => {
    expect(await docker().probe()).toMatchObject({
      reason: null,
      fix: null,
      version: expect.stringMatching(/^Docker version .*; daemon \d+.*, runc$/),
    });
  });

  it('starts, answers, is what it says, is charged for, and leaves nothing', async () => {
    const instance = await start();
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      for (let i = 0; i < 100; i++) await instance.invoke(null, 1, 10_000);
      const times: number[] = [];
      for (let i = 0; i < 100; i++) times.push((await instance.invoke(null, 0, 30_000)).roundTripMs);
      const { created, ready, first_response } = instance.phasesMs;
      expect(created).toBeGreaterThan(10);
      expect(ready).toBeGreaterThan((created as number) - 50);
      expect(first_response).toBeGreaterThan(ready as number);
      const evidence = await instance.evidence();
      expect(evidence.contradictions).toEqual([]);
      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(100_000);
    } finally {
      await instance.stop();
    }
    expect(containers()).toBe('');
    expect(left()).toEqual([]);
  });
});
