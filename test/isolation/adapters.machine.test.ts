import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostIdentity } from '../../src/isolation/evidence/host-evidence.ts';
import type { Instance } from '../../src/model/isolation.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(true);
});
afterAll(async () => {
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

/** Of the bench's instances; its own directory and cgroup stay until its end. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one)),
  ...readdirSync(bench.claim.directory).filter((name) => name !== 'owner.json'),
];

const start = (type: IsolationType): Promise<Instance> =>
  isolationOf(type).start(bench.image, RESOURCES, bench.claim.nextContext(90_000));

describe.each(['native', 'bubblewrap', 'runc', 'gvisor', 'qemu-microvm'] as const)('%s', (type) => {
  it('is usable here', async () => {
    expect(await isolationOf(type).probe()).toMatchObject({ reason: null, fix: null });
  });

  it('starts, answers, is what it says, is charged for, and leaves nothing', async () => {
    const instance = await start(type);
    try {
      const reply = await instance.invoke({ any: 'event' }, 2, 30_000);
      expect(reply).toMatchObject({ ok: true, result: null });
      expect(reply.ok && reply.ns).toHaveLength(2);
      expect(await instance.invoke(null, 0, 30_000)).toMatchObject({ ok: true, ns: [] });

      const { created, booted, ready, first_response } = instance.phasesMs;
      const inOrder = [created, booted, ready, first_response].filter((phase) => phase !== null);
      // A detached runtime's client may end after its container already spoke.
      if (type === 'native' || type === 'bubblewrap' || type === 'qemu-microvm')
        expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
      expect(booted === null).toBe(type !== 'qemu-microvm');
      expect(first_response).toBeGreaterThan(ready as number);

      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host['cpus_allowed']).toBe(bench.claim.cpuset.join(','));
      expect(guest['uid']).toBe('1900000000');
      expect(guest['cpus']).toBe('1');
      expect(guest['kernel_release'] === (await hostIdentity()).kernelRelease).toBe(
        ['native', 'bubblewrap', 'runc'].includes(type),
      );

      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(100_000);
      expect(usage.cpuMs).toBeGreaterThan(0.5);
    } finally {
      await instance.stop();
    }
    expect(left()).toEqual([]);
  });

  it('can be stopped twice, and fails calls after it', async () => {
    const instance = await start(type);
    await instance.stop();
    await instance.stop();
    await expect(instance.invoke(null, 0, 2_000)).rejects.toMatchObject({ name: 'InstanceError' });
  });
});

it('gives up a start that takes too long, and leaves nothing of it', async () => {
  const slow = isolationOf('qemu-microvm').start(bench.image, RESOURCES, bench.claim.nextContext(300));
  await expect(slow).rejects.toMatchObject({ name: 'InstanceError', status: 'timeout' });
  expect(left()).toEqual([]);
});

it('reports a runtime that refuses the bundle in the runtime’s own words', async () => {
  const broken = { ...bench.image, bundleDir: `${bench.cacheDir}/no-bundle` };
  await expect(isolationOf('runc').start(broken, RESOURCES, bench.claim.nextContext(5_000))).rejects.toThrow(/ENOENT/);
  expect(left()).toEqual([]);
});
