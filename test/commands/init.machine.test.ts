/** What `isogate init` writes for the repositories of the fixtures runs as it is: one call with each event, natively and under runc. */

import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig, Resources } from '../../src/model/config.ts';
import { messageOf } from '../../src/model/errors.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench } from '../support/null-bench.ts';
import { missingRegistry } from '../support/registries.ts';
import { isogate } from './world.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/init');
const ARMS = ['native', 'runc'] as const;
const START_MS = 60_000;

/** Repositories of which nothing can be run here, and why. */
const NOT_RUN: Record<string, string> = {
  'cloudformation-inline': 'its code stands in the template',
  'sam-go': 'it speaks the Lambda Runtime API',
  'flask-dockerfile': 'its base image has to be pulled from a registry',
  'java-http': 'it needs Maven',
};
const REPOSITORIES = readdirSync(FIXTURES).filter((name) => name !== 'README.md' && !(name in NOT_RUN));

/** Those that install or compile for long, and are like others: part of npm run test:full. */
const LONG = ['go-http', 'knative-node', 'functions-framework-node', 'azure-python-v2'];

let bench: NullBench;
let directory: string;
beforeAll(async () => {
  bench = await openNullBench(false);
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-init-')));
}, HOST_WAIT_MS);
afterAll(async () => {
  if (directory) rmSync(directory, { recursive: true });
  await bench?.end();
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
});

it.for(REPOSITORIES)('%s', { timeout: HOST_WAIT_MS }, async (name, context) => {
  if (LONG.includes(name)) context.skip(!process.env['ISOGATE_FULL'], 'takes long; part of npm run test:full');
  const repository = join(directory, name);
  cpSync(join(FIXTURES, name), repository, { recursive: true });
  const config = join(repository, 'isogate.yml');
  expect((await isogate(['init', '--config', config])).code).toBe(0);
  const { functions, resources } = await loadConfig(config);
  expect(functions.length).toBeGreaterThan(0);
  const unreachable = functions.map(missingRegistry).find((reason) => reason !== null);
  if (unreachable !== undefined) return context.skip(unreachable);
  const answers: Record<string, string> = {};
  for (const one of functions) answers[one.name] = await tryFunction(one, resources);
  expect(answers).toEqual(Object.fromEntries(functions.map((one) => [one.name, 'runs'])));
});

/** `runs`, or what went wrong. */
async function tryFunction(config: FunctionConfig, resources: Resources): Promise<string> {
  try {
    const image = await buildImage({
      ...{ function: config, resources, cacheDir: bench.cacheDir, guestDir: GUEST_DIR, kernel: null },
      log: () => {},
    });
    for (const arm of ARMS) {
      const instance = await isolationOf(arm).start(image, resources, bench.claim.nextContext(START_MS));
      try {
        for (const path of config.events.length === 0 ? [null] : config.events) {
          const reply = await instance.invoke(path === null ? {} : JSON.parse(readFileSync(path, 'utf8')), 1, START_MS);
          if (!reply.ok) return `${arm}: ${reply.error.message}`;
          const status: unknown = Object(reply.result).statusCode;
          if (typeof status === 'number' && status >= 400) return `${arm}: ${JSON.stringify(reply.result)}`;
        }
      } finally {
        await instance.stop();
      }
    }
    return 'runs';
  } catch (error) {
    return messageOf(error);
  }
}
