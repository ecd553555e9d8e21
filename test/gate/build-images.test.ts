import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildImages } from '../../src/gate/images.ts';
import { startTimeBudget } from '../../src/gate/time-budget.ts';
import type { Config } from '../../src/model/config.ts';
import type { Env } from '../../src/model/env.ts';
import { functionConfig, openWorkshop, RESOURCES, type Workshop, writeTree } from '../image/workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

it('takes a file of a function that cannot be read for the failure of that function', async () => {
  writeTree(shop.dir, { 'node_modules/left/package.json': '{}' });
  const gone = join(shop.dir, 'gone');
  const functions = [functionConfig(gone, { name: 'api', handler: { file: 'api.mjs', export: 'handler' } })];
  const config = { functions, workspace: shop.dir, resources: RESOURCES } as unknown as Config;
  const env = { ...shop, signal: new AbortController().signal } as unknown as Env;
  const [built] = await buildImages(config, { kernel: null, leaveOut: [] }, startTimeBudget(null, env.signal), env);
  expect(built?.failure?.message).toBe(`functions.api: ${gone}: no such file`);
});
