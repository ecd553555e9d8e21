import { expect, it } from 'vitest';
import type { HostClaim } from '../../src/isolation/cleanup/claim-host.ts';
import { bootContexts, cpuSets } from '../../src/probe/boot-contexts.ts';

it.each([
  [[1], [0, 1], 1, [[1], [0]]],
  [[1], [0, 1, 2, 3], 1, [[1], [0], [2], [3]]],
  [
    [2, 3],
    [0, 1, 2, 3],
    2,
    [
      [2, 3],
      [0, 1],
    ],
  ],
  [
    [2, 3],
    [0, 1, 2, 3, 4],
    2,
    [
      [2, 3],
      [0, 1],
    ],
  ],
  [[0], [0], 1, [[0]]],
])('of %j among %j, %i each: %j', (own, online, cpus, sets) => {
  expect(cpuSets(own, online, cpus)).toEqual(sets);
});

it('claims the host once, and only when something boots; a claim that fails is not tried again', async () => {
  let claims = 0;
  const boots = bootContexts(async (): Promise<HostClaim> => {
    claims += 1;
    throw new Error('no lock');
  }, 1);
  expect(claims).toBe(0);
  await expect(boots.next(10)).rejects.toThrow('no lock');
  await expect(boots.next(10)).rejects.toThrow('no lock');
  expect(claims).toBe(1);
});
