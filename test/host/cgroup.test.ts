import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readHostCgroup } from '../../src/host/cgroup.ts';
import { openWorkshop, writeTree } from '../image/workshop.ts';

const shop = openWorkshop();
afterAll(() => shop.remove());

const V1 = { 'memory/tasks': '', 'cpuacct/tasks': '', 'cpuset/tasks': '', 'pids/tasks': '' };
it.each([
  ['v1 with swap', { ...V1, 'memory/memory.memsw.limit_in_bytes': '' }, { version: 'v1', swap: true }],
  ['v1 without', V1, { version: 'v1', swap: false }],
  ['v1 without the controller of process counts', { ...V1, 'pids/tasks': undefined }, { version: 'none', swap: false }],
  ['v2 with swap', { 'cgroup.controllers': '', 'init.scope/memory.swap.max': '' }, { version: 'v2', swap: true }],
  ['v2 without', { 'cgroup.controllers': '', 'init.scope/memory.max': '' }, { version: 'v2', swap: false }],
])('the cgroups of the machine are read: %s', (name, files, expected) => {
  const there = Object.fromEntries(
    Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  expect(readHostCgroup(writeTree(join(shop.dir, name), there))).toEqual(expected);
});
