/** What never answers: real programs that sleep, a real daemon's socket that says nothing, and this machine's KVM. */

import { describe, expect, it } from 'vitest';
import type { Isolation } from '../../src/model/isolation.ts';
import { ISOLATION_FAMILIES, type IsolationType } from '../../src/model/isolation-types.ts';
import { proveAll } from '../../src/probe/prove.ts';
import { isolationConfig, RESOURCES } from '../support/null-bench.ts';

const TYPES = Object.keys(ISOLATION_FAMILIES) as IsolationType[];

describe('adapters that nothing moves', () => {
  /** Not of this product: it neither answers nor minds being told to stop. */
  const stuck = (type: IsolationType): Isolation => ({
    config: isolationConfig(type),
    probe: async () => ({ version: '1', reason: null, fix: null }),
    start: () => new Promise(() => {}),
  });

  it('are given up together at the deadline, those that never had their turn too', async () => {
    const results = await proveAll(
      TYPES.map((type) => isolationConfig(type)),
      {
        image: {} as never,
        resources: RESOURCES,
        nextContext: (startTimeoutMs) => ({
          ...{ instanceId: 'x-0', runId: 'x', instanceDir: '/nonexistent', cpuset: [0], startTimeoutMs },
          signal: new AbortController().signal,
        }),
        create: ({ type }) => stuck(type),
        deadlineMs: performance.now() + 2_000,
      },
      () => {},
    );
    expect(results.map(({ isolation, usable }) => [isolation, usable])).toEqual(TYPES.map((type) => [type, false]));
    const reasons = results.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason?.includes('no answer within'))).toHaveLength(7);
    expect(reasons.filter((reason) => reason?.includes('not tried'))).toHaveLength(TYPES.length - 7);
  });
});
