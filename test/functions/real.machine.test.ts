/** Every function of the fixtures, once under native, runc and gVisor: each arm gives the expected answers. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { findProgram } from '../../src/host/find-program.ts';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig, Resources } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench } from '../support/null-bench.ts';
import { missingRegistry } from '../support/registries.ts';
import { type Expected, matchAnswer } from './match-answer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const CONFIGS = ['functions/real/isogate.yml', 'functions/suites/isogate.yml', 'cases/isogate.yml'];
const ARMS = ['native', 'runc', 'gvisor'] as const;
const START_MS = 60_000;
/** More than one call with each event: the second shows what the first has left behind. */
const REPEAT = 2;

/** What functions of a language need, by the first word of their names; Node and Python are always there. */
const TOOLS: Record<string, string[]> = { go: ['go'], java: ['java', 'javac'] };

type Arm = (typeof ARMS)[number];
/** By name of the event's file, `empty` where the function has no events. An error is `{ "<error>": message }`. */
type Answers = Record<string, Expected>;

const documentOf = (file: string) => parse(readFileSync(join(FIXTURES, file), 'utf8'));
const ROWS: [name: string, file: string][] = CONFIGS.flatMap((file) =>
  Object.keys(documentOf(file).functions).map((name): [string, string] => [name, file]),
);

let bench: NullBench;
let usable: Arm[];
beforeAll(async () => {
  bench = await openNullBench(false);
  const reasons = await Promise.all(ARMS.map(async (arm) => (await isolationOf(arm).probe()).reason));
  usable = ARMS.filter((_, index) => reasons[index] === null);
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench?.end();
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
});

it('native, runc and gVisor work here', (context) => {
  const missing = ARMS.filter((arm) => !usable.includes(arm));
  if (missing.length > 0) context.skip(`not usable here: ${missing.join(', ')}`);
});

it.for(ROWS)('%s of %s', { timeout: HOST_WAIT_MS }, async ([name, file], context) => {
  const missing = (TOOLS[name.replace(/-.*/, '')] ?? []).filter((tool) => findProgram(tool) === null);
  if (missing.length > 0) return context.skip(`not installed here: ${missing.join(', ')}`);
  const { config, resources } = await loadFunction(name, file);
  const unreachable = missingRegistry(config);
  if (unreachable !== null) return context.skip(unreachable);
  const image = await buildImage({
    function: config,
    resources,
    cacheDir: bench.cacheDir,
    guestDir: GUEST_DIR,
    kernel: null,
    log: () => {},
  });
  const expected = readExpected(config);
  const answers: Partial<Record<Arm, unknown>> = {};
  for (const arm of usable) answers[arm] = matchAnswer(await callAll(arm, image, resources, config), expected);
  expect(answers).toEqual(Object.fromEntries(usable.map((arm) => [arm, expected])));
});

/** One function of a file, whatever becomes of the others. */
async function loadFunction(name: string, file: string): Promise<{ config: FunctionConfig; resources: Resources }> {
  const { functions, ...rest } = documentOf(file);
  const { [name]: own } = functions;
  const text = stringify({ ...rest, functions: { [name]: own } });
  const { functions: loaded, resources } = await loadConfig(join(FIXTURES, file), { text });
  return { config: loaded[0] as FunctionConfig, resources };
}

/** A file of the function's own where several functions share a directory. */
function readExpected({ name, directory }: FunctionConfig): Answers {
  const own = join(directory, `expected-${name}.json`);
  return JSON.parse(readFileSync(existsSync(own) ? own : join(directory, 'expected.json'), 'utf8'));
}

async function callAll(
  arm: Arm,
  image: FunctionImage,
  resources: Resources,
  { events }: FunctionConfig,
): Promise<Record<string, unknown>> {
  const instance = await isolationOf(arm).start(image, resources, bench.claim.nextContext(START_MS));
  try {
    const answers: Record<string, unknown> = {};
    for (const path of events.length === 0 ? [null] : events) {
      const event: unknown = path === null ? {} : JSON.parse(readFileSync(path, 'utf8'));
      const reply = await instance.invoke(event, REPEAT, START_MS);
      answers[path === null ? 'empty' : basename(path, '.json')] = reply.ok
        ? reply.result
        : { '<error>': reply.error.message };
    }
    expect((await instance.evidence()).contradictions).toEqual([]);
    return answers;
  } finally {
    await instance.stop();
  }
}
