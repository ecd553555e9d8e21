import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import type { Instance, IsolationConfig } from '../../src/types.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

const podman = (over: Partial<IsolationConfig> = {}) => createIsolation({ ...isolationConfig('podman'), ...over });
const { reason } = await podman().probe();

describe.skipIf(reason !== null)('podman', () => {
  let bench: NullBench;
  beforeAll(async () => {
    bench = await openNullBench(false);
  }, HOST_WAIT_MS);
  afterAll(async () => {
    await bench.end();
    expect(leftovers(bench.claim.runId)).toEqual([]);
    expect(existsSync(`/var/lib/isogate/${bench.claim.runId}`)).toBe(false);
  });
  const start = (over: Partial<IsolationConfig> = {}): Promise<Instance> =>
    podman(over).start(bench.image, RESOURCES, bench.claim.nextContext(30_000));

  it('starts, answers, is what it says, is charged for, and leaves nothing', async () => {
    const instance = await start();
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      for (let i = 0; i < 100; i++) await instance.invoke(null, 1, 10_000);
      const times: number[] = [];
      for (let i = 0; i < 100; i++) times.push((await instance.invoke(null, 0, 30_000)).roundTripMs);
      const evidence = await instance.evidence();
      expect(evidence.contradictions).toEqual([]);
    } finally {
      await instance.stop();
    }
  });
});
