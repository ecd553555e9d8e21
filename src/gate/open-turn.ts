/** One function's turn: what it is measured with, before its first instance. */

import { relative } from 'node:path';
import { decide } from '../decide/decide.ts';
import { decideRun } from '../decide/decide-run.ts';
import { type Expectations, expectBlocks } from '../decide/expect-blocks.ts';
import type { FollowedRun } from '../decide/follow-run.ts';
import { listComparisons } from '../decide/list-comparisons.ts';
import { fewestToDecide } from '../decide/plan-looks.ts';
import { createAnswerBook } from '../measure/answer-book.ts';
import { countSent } from '../measure/event-feed.ts';
import type { ArmPlan } from '../measure/function-measurement.ts';
import { secretHider } from '../measure/hide-secrets.ts';
import { type BegunFunction, beginFunction } from '../measure/measure-function.ts';
import { FEWEST_INVOCATIONS } from '../measure/plan-blocks.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import type { PilotRound } from '../model/pilot.ts';
import type { EndRecord } from '../model/samples.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import { planArms } from './arms.ts';
import type { BuiltFunction } from './images.ts';
import type { MeasureJob } from './measure-job.ts';
import { readEvents } from './read-events.ts';
import { createStoppingRule } from './stopping-rule.ts';
import { tellProgress } from './tell-progress.ts';

export interface Turn {
  name: string;
  /** How many comparisons no earlier attempt has decided. */
  undecided: number;
  /** Runs the pilot; null where the control cannot run. */
  begin(): Promise<BegunFunction | null>;
  /** As of `StoppingRule`. */
  hasFutile(): boolean;
  /** To be called once everything in it is decided that can be. */
  tellEnd(reason: EndRecord['reason']): void;
}

/**
 * @param timeMs what the pilot takes to be its time
 * @returns the reason where there is nothing to measure
 */
export async function openTurn(
  job: MeasureJob,
  fn: BuiltFunction,
  timeMs: number,
  writer: SamplesWriter,
  followed: FollowedRun,
  { log, progress }: Pick<Env, 'log' | 'progress'>,
): Promise<Turn | EndRecord['reason']> {
  const { config, header, claim, budget } = job;
  const { name } = fn.config;
  if (fn.image === null) {
    await recordBuildFailure(config.control, fn, writer);
    return 'failed';
  }
  const baseImage = job.base?.images.get(name) ?? null;
  const { arms, settled, blocksBefore } = planArms(name, config, job.proven, writer.byFunction(), baseImage !== null);
  if (arms === 'decided') log(`${name} · everything was decided in an earlier attempt`);
  if (typeof arms === 'string') return arms;
  const { comparisons } = header.looks;
  const declared = comparisons.filter((one) => one.function === name);
  const isColdOnly = declared.length > 0 && declared.every(({ metric }) => metric === 'cold_start');
  const { expect, deterministic, events } = fn.config;
  const files = events.map((path) => relative(config.workspace ?? '/', path));
  const rules = { files, expect, deterministic, hide: secretHider(fn.image.env.taken) };
  const stoppingRule = createStoppingRule(name, config, writer, followed, settled, log);
  const place = { function: name, place: job.built.indexOf(fn) + 1, of: job.built.length };
  const decideNow = () => ({
    samples: writer.samples(),
    verdict: decide(writer.byFunction(), config, { final: false }),
  });
  const teller = tellProgress(place, stoppingRule, decideNow, progress);
  const blocksNeeded = Math.max(config.measure.minBlocks, fewestToDecide(comparisons.length));
  const { image } = fn;
  return {
    name,
    undecided: declared.filter(({ isolation }) => !settled.has(isolation)).length,
    hasFutile: stoppingRule.hasFutile,
    tellEnd: teller.done,
    begin: async () =>
      beginFunction({
        function: name,
        images: { head: image, base: baseImage },
        arms,
        events: await readEvents(events),
        sentBefore: countSent(name, writer.byFunction().instancesOf(name)),
        answers: { head: createAnswerBook(rules), base: createAnswerBook(rules) },
        resources: config.resources,
        // Of what the run has left, as of the cap, the first instance of an arm may take a part only.
        measure: {
          ...limitInvocations(config, isColdOnly),
          timeMs,
          maxTimeMs: Math.min(config.measure.maxTimeMs, budget.leftMs()),
        },
        isColdOnly,
        tail: hasTailLimit(config, fn.config, arms) ? config.measure.invocations : 0,
        nextContext: claim.nextContext,
        seed: header.seed,
        attempt: header.attempt,
        writer,
        signal: budget.signal,
        log,
        blocksNeeded,
        expectBlocks: () => expectIn({ job, writer, name, settled, blocksNeeded, blocksBefore }),
        blocksBefore,
        onBlock: stoppingRule.onBlock,
        onProgress: teller.measuring,
      }),
  };
}

/** After how many blocks each isolation of the function is likely to be decided. */
function expectIn(known: {
  job: MeasureJob;
  writer: SamplesWriter;
  name: string;
  settled: ReadonlySet<string>;
  blocksNeeded: number;
  blocksBefore: number;
}): (rounds: PilotRound[]) => Map<string, number> {
  const { job, name, settled } = known;
  const { config, base } = job;
  const run = decideRun(known.writer.byFunction(), config, { final: false });
  const own = run.comparisons.filter(
    ({ planned: { declared, obstacle } }) =>
      obstacle === null && declared.function === name && !settled.has(declared.isolation),
  );
  const expectations: Expectations = {
    comparisons: own.map(({ planned }) => planned.declared),
    // What earlier attempts could not decide is near its limit.
    looks: known.blocksBefore > 0 ? { ...run.looks, early: [] } : run.looks,
    familySize: run.familySize,
    ofRanks: known.blocksNeeded,
    hasBase: base?.images.has(name) ?? false,
    failOnBase: config.failOnBase,
    noiseElsewhere: ({ isolation, metric }) =>
      metric === 'control' ? { scales: [], isCorrelated: false } : run.noiseElsewhere(name, isolation, metric),
  };
  return (rounds) => expectBlocks(rounds, expectations);
}

/** A limit that cannot be decided yet, for lack of a baseline, counts as well: the values become the baseline. */
const hasTailLimit = (config: Config, fn: FunctionConfig, arms: ArmPlan[]): boolean => {
  const deciding = new Set(arms.filter((arm) => !arm.orientation).map(({ isolation }) => isolation.config.name));
  return listComparisons({ ...config, functions: [fn] }).some(
    ({ isolation, metric }) => deciding.has(isolation) && (metric === 'latency_p95' || metric === 'latency_p99'),
  );
};

/** More warm invocations tell nothing more about a cold start. */
const limitInvocations = ({ measure }: Config, isColdOnly: boolean): Config['measure'] =>
  isColdOnly ? { ...measure, invocations: Math.min(measure.invocations, FEWEST_INVOCATIONS) } : measure;

async function recordBuildFailure(
  control: string,
  { config, failure }: BuiltFunction,
  writer: SamplesWriter,
): Promise<void> {
  const block = writer.nextBlock(config.name);
  const arm = { isolation: control, arm: 'control', revision: 'head' } as const;
  await writer.write({ type: 'block', function: config.name, block, arms: [arm] });
  await writer.write({
    type: 'instance',
    block,
    position: 0,
    function: config.name,
    ...arm,
    status: failure?.status ?? 'start-failed',
    phase: 'build',
    error: failure?.message ?? 'the image could not be built',
    phases_ms: { created: null, booted: null, ready: null, first_response: null },
    metrics: {},
    repeat: 1,
    warmup_ms: [],
    latency_ms: [],
  });
}
