import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSizedDirectory } from '../../../src/image/confine/sized-directory.ts';
import { unmountLeftovers } from '../../../src/lib/mounts.ts';
import { removeLeftovers, unfinishedPrefix } from '../../../src/lib/remove-tree.ts';
import { bundleScript } from '../../support/bundle.ts';
import { hostState } from '../../support/host-state.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

needsRoot();

const SIZE = { bytes: 16 * 2 ** 20, files: 1000 };
/** Those of other runs on this machine come and go. */
const mountsHere = (): string[] => hostState().mounts.filter((line) => line.includes(shop.dir));
const open = (name = 'work') => openSizedDirectory(join(shop.dir, name), SIZE);

it('holds so many bytes and no more, and gives them back', async () => {
  const work = await open();
  expect(mountsHere()).toEqual([expect.stringMatching(/ (ext4|tmpfs) rw,nosuid,nodev/)]);
  expect(readdirSync(work.dir)).toEqual([]);
  expect(await work.full()).toBeNull();
  expect(() => writeFileSync(join(work.dir, 'a'), Buffer.alloc(SIZE.bytes))).toThrow(/ENOSPC/);
  expect(await work.full()).toBe('bytes');
  await work.close();
  expect(existsSync(work.dir)).toBe(false);
  expect(mountsHere()).toEqual([]);
  expect(readdirSync(shop.dir)).toEqual(['guest']);
});

it('holds so many files and no more', async () => {
  const work = await open();
  let made = 0;
  const fill = () => {
    for (; made < 5000; made++) mkdirSync(join(work.dir, String(made)));
  };
  expect(fill).toThrow(/ENOSPC/);
  expect(made).toBeGreaterThan(900);
  expect(made).toBeLessThan(1100);
  expect(await work.full()).toBe('files');
  await work.close();
  expect(mountsHere()).toEqual([]);
});

it('of a process that was killed is found and unmounted, with its loop device, and one of a living process is not', async () => {
  const kind = join(shop.cacheDir, 'function');
  const script = await bundleScript(join(import.meta.dirname, '../../support/holds-work.ts'), shop.dir);
  const killed = spawn(process.execPath, [script, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout, 'data');
  const living = await openSizedDirectory(join(kind, `${unfinishedPrefix()}abc`, 'work'), SIZE);
  expect(mountsHere()).toHaveLength(2);
  const [device] = mountsHere()
    .filter((line) => !line.includes(living.dir))
    .map((line) => line.split(' ')[0] ?? '');
  const exited = once(killed, 'exit');
  killed.kill('SIGKILL');
  await exited;
  expect(await unmountLeftovers()).toBeGreaterThanOrEqual(1);
  expect(mountsHere()).toEqual([expect.stringContaining(living.dir)]);
  await expect.poll(() => hostState().loopDevices.map((name) => `/dev/${name}`)).not.toContain(device);
  await living.close();
  expect(mountsHere()).toEqual([]);
  expect(await removeLeftovers(kind, shop.log)).toBe(1);
  expect(shop.lines).toEqual([]);
});
