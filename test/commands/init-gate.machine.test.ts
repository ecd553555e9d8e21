/** `isogate gate` measures what `isogate init` wrote, with nothing edited in between. */

import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { isogate } from './world.ts';

const FIXTURE = join(import.meta.dirname, '../../fixtures/init/sam-node-quick-start');

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-init-')));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('measures a function natively and under runc', { timeout: HOST_WAIT_MS }, async () => {
  cpSync(FIXTURE, directory, { recursive: true });
  const config = join(directory, 'isogate.yml');
  await isogate(['init', '--config', config]);
  const options = ['--out', join(directory, 'isogate-out'), '--cache-dir', join(directory, 'cache'), '--time', '8s'];
  const world = { isRoot: true, guestDir: GUEST_DIR, env: process.env };
  const argv = ['gate', '--config', config, ...options, '--function', 'getAllItemsFunction', '--json'];
  const { comparisons }: { comparisons: { [key: string]: unknown }[] } = JSON.parse((await isogate(argv, world)).out);
  const measured = comparisons.filter(({ isolation, metric }) => isolation === 'runc' && metric === 'latency');
  expect(measured).toMatchObject([{ function: 'getAllItemsFunction', kind: 'budget', limit: 1.1 }]);
  expect(measured[0]?.['blocks']).toBeGreaterThan(0);
});
