/** CPU time of the harness itself between invocations: starting and stopping instances, calling them, and looking at the blocks. */

import { Rng } from 'pragmastat';
import { mean } from 'simple-statistics';
import { parseConfig } from '../../src/config/parse-config.ts';
import { followRun } from '../../src/decide/follow-run.ts';
import { judgeIsolations } from '../../src/decide/stopping-rule.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { toFunctions } from '../../src/samples/to-functions.ts';
import { openBed, RESOURCES, TIMEOUT_MS } from '../bed.ts';
import { BLOCKS, headerOf, nameOf, recordsOf } from './write-samples.ts';

/** In milliseconds of CPU time of this process; what it starts is not in it. */
export interface HarnessCpu {
  /** To start and stop one native instance of the empty function. */
  instanceMs: number;
  /** One call of it. */
  callMs: number;
  /** A look at a function's blocks, as one of the first functions of a run and after so many others. */
  earlyLookMs: number;
  lateLookMs: number;
  functions: number;
}

const INSTANCES = 30;
const CALLS = 200;
const FUNCTIONS = 500;
/** Functions at either end of the run over which looks are averaged. */
const AT_ENDS = 20;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measureInstances(
  root: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Pick<HarnessCpu, 'instanceMs' | 'callMs'>> {
  const bed = await openBed(root, log, signal);
  try {
    const starts: number[] = [];
    const calls: number[] = [];
    for (let n = 0; n <= INSTANCES; n += 1) {
      signal.throwIfAborted();
      const before = cpuMs();
      const instance = await bed.native.start(bed.nodeImage, RESOURCES, bed.claim.nextContext(TIMEOUT_MS));
      const started = cpuMs();
      for (let call = 0; call < CALLS; call += 1) await instance.invoke({}, 1, TIMEOUT_MS);
      const called = cpuMs();
      await instance.stop();
      // The first instance also compiles the harness.
      if (n === 0) continue;
      starts.push(started - before + (cpuMs() - called));
      calls.push((called - started) / CALLS);
    }
    return { instanceMs: mean(starts), callMs: mean(calls) };
  } finally {
    await bed.end();
  }
}

/** Every function is looked at after each of its blocks, as a run does. */
function measureLooks(): Pick<HarnessCpu, 'earlyLookMs' | 'lateLookMs' | 'functions'> {
  const header = headerOf(FUNCTIONS);
  const config = parseConfig(header.config, { source: 'bench', paths: null });
  const followed = followRun(config);
  const rng = new Rng(7);
  const functions = new Map<string, InstanceRecord[]>();
  const base = toFunctions({
    ...{ header, instances: [], end: null },
    ignored: { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 },
  });
  const instancesOf = (name: string): InstanceRecord[] => functions.get(name) ?? [];
  const looks: number[] = [];
  for (let index = 0; index < FUNCTIONS; index += 1) {
    const name = nameOf(index);
    const records = [...recordsOf(rng, 'lean', name)].filter((record) => record.type === 'instance');
    const before = cpuMs();
    for (let block = 3; block < BLOCKS; block += 1) {
      const measured = records.filter((record) => record.block <= block);
      functions.set(name, measured);
      const run = followed.look({ ...base, functions: [...functions.keys()], instancesOf }, name);
      judgeIsolations(run, config, name, 60 - block);
    }
    looks.push((cpuMs() - before) / (BLOCKS - 3));
  }
  // The first functions also compile the code.
  const early = looks.slice(AT_ENDS, 2 * AT_ENDS);
  return { earlyLookMs: mean(early), lateLookMs: mean(looks.slice(-AT_ENDS)), functions: FUNCTIONS };
}

export async function measureHarness(
  root: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<HarnessCpu> {
  return { ...(await measureInstances(root, log, signal)), ...measureLooks() };
}

export const renderHarness = ({ instanceMs, callMs, earlyLookMs, lateLookMs, functions }: HarnessCpu): string =>
  [
    `the harness's own CPU time: ${instanceMs.toFixed(1)} ms to start and stop an instance, ${callMs.toFixed(3)} ms a call`,
    `a look at the blocks of a function: ${earlyLookMs.toFixed(1)} ms early in a run, ${lateLookMs.toFixed(1)} ms after ${functions} functions`,
  ].join('\n');
