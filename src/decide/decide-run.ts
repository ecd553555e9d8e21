/** Every comparison of a run with all its looks, and the decisions of the comparison family. */

import { recent } from '../lib/recent.ts';
import type { Config } from '../model/config.ts';
import type { Looks, Samples, SamplesByFunction } from '../model/samples.ts';
import type { AnswerDifference } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { toFunctions } from '../samples/to-functions.ts';
import { decideFamily, type MemberDecision } from './comparison-family.ts';
import type { ComparisonContext, FunctionBlocks } from './comparison-inputs.ts';
import { type ExaminedComparison, examineComparison } from './examine-comparison.ts';
import { type GatedComparisons, type GatedCounts, indexGated } from './gated-comparisons.ts';
import { indexNoise, type NoiseScales } from './noise-around.ts';
import { type PlannedComparison, planComparisons } from './plan-comparisons.ts';
import { chooseLooks } from './plan-looks.ts';
import { type KnownFunction, readFunctions } from './read-functions.ts';
import { gatherSampleFacts, type SampleFacts } from './sample-warnings.ts';
import { type SeenInstances, seeTogether } from './see-instances.ts';

export interface DecideOptions {
  /** False during the run, when only the looks that are due count. Default true: the end, where all alpha may be spent. */
  final?: boolean;
  /** Plan the looks and the comparison family from `config` instead of taking those of the header. */
  replan?: boolean;
}

/** What a run has remembered of itself, so that a look decides the comparisons of one function only. */
export interface Remembered {
  /** The one that is decided. */
  name: string;
  looks: Looks;
  /** How many comparisons the configuration has. */
  comparisons: number;
  /** Those of the other functions that are decided, and how many of them have failed. */
  gated: GatedCounts;
  fails: number;
  /** Of the other functions. */
  known: ReadonlyMap<string, KnownFunction>;
  scales: NoiseScales;
}

export interface DecidedComparison {
  planned: PlannedComparison;
  /** Null where something prevents a decision. */
  decision: MemberDecision | null;
}

export interface Examined {
  examined: ExaminedComparison;
  context: ComparisonContext;
}

export interface DecidedRun {
  looks: Looks;
  gated: GatedComparisons;
  familySize: number;
  comparisons: DecidedComparison[];
  /** Computed anew for all but the latest functions, because a run may have more of them than memory holds. */
  blocksOf(name: string): FunctionBlocks;
  noiseElsewhere: ComparisonContext['noiseElsewhere'];
  examine(planned: PlannedComparison): Examined;
  /** By function. */
  known: ReadonlyMap<string, KnownFunction>;
  /** Those of complete blocks. */
  seen: SeenInstances;
  /** Those of all blocks; none where the run remembers what it knew. */
  facts: SampleFacts;
  /** Functions with more blocks than may count. */
  beyond: string[];
  incomplete: number;
  warnings: Warning[];
  differences: AnswerDifference[];
}

/** Comparisons of so many functions are kept as they were examined. With more, the garbage collector would move them twice. */
const MOST_EXAMINED = 2;

/** @throws BadInputError where measure.max_blocks is too small to decide anything */
export const decideRun = (
  given: Samples | SamplesByFunction,
  config: Config,
  { final = true, replan = false }: DecideOptions,
  remembered: Remembered | null = null,
): DecidedRun => {
  const samples = toFunctions(given);
  const { header } = samples;
  const { blocksOf, instancesOf, know } = readFunctions(samples, config);
  const { facts, see } = gatherSampleFacts(config);
  const known = new Map<string, KnownFunction>();
  for (const name of samples.functions) {
    const before = name === remembered?.name ? undefined : remembered?.known.get(name);
    if (remembered === null) see(instancesOf(name));
    known.set(name, before ?? know(name));
  }
  const seen = seeTogether(new Map([...known].map(([name, one]) => [name, one.seen])));
  const functions = config.functions.filter(({ name }) => remembered === null || name === remembered.name);
  const differences = functions.flatMap(({ name }) => known.get(name)?.differences ?? []);
  const { looks, warnings } = remembered
    ? { looks: remembered.looks, warnings: [] }
    : chooseLooks(header, config, seen, replan);
  const planned = planComparisons({ ...config, functions }, header, seen, differences);
  const free = planned.filter(({ obstacle }) => obstacle === null);
  const gated = indexGated(
    free.map(({ declared }) => declared),
    remembered?.gated,
  );
  // A file must gain nothing by declaring fewer or more comparisons than its configuration has.
  const declared = Math.min(looks.comparisons.length, remembered?.comparisons ?? planned.length);
  const familySize = Math.max(declared, gated.count, 1);
  const inTurn = samples.functions.filter((name) => known.get(name)?.hasBlocks);
  const { noiseElsewhere, note } = indexNoise(inTurn, blocksOf, header, remembered?.scales);
  const examinedOf = recent(MOST_EXAMINED, (_: string) => new Map<PlannedComparison, Examined>());
  const examine = (one: PlannedComparison): Examined => {
    const { function: name } = one.declared;
    const own = examinedOf(name);
    const before = own.get(one);
    if (before !== undefined) return before;
    const whole = blocksOf(name);
    // Blocks that decide nothing still show what an arm roughly costs.
    const fn = one.obstacle === null ? whole : { ...whole, blocks: [...whole.blocks, ...whole.orientation] };
    const context = { fn, looks, gated, familySize, config, final, noiseElsewhere };
    const { metric, isolation } = one.declared;
    if (metric !== 'control') note(name, isolation, metric);
    const found = { context, examined: examineComparison(one, context) };
    own.set(one, found);
    return found;
  };
  const members = {
    length: free.length,
    at: (index: number) => examine(free[index] as PlannedComparison).examined.member,
  };
  // Each fail elsewhere has raised the level of the others, as it does in Holm's procedure over all of them.
  const open = familySize - (remembered?.fails ?? 0);
  const decisions = decideFamily(members, open, { fail: looks.alphaFail, pass: looks.alphaPass });
  const decisionOf = new Map(free.map((one, index) => [one, decisions[index]]));
  return {
    looks,
    gated,
    familySize,
    comparisons: planned.map((one) => ({ planned: one, decision: decisionOf.get(one) ?? null })),
    blocksOf,
    noiseElsewhere,
    examine,
    known,
    seen,
    facts,
    beyond: [...known].filter(([, { isBeyond }]) => isBeyond).map(([name]) => name),
    incomplete: [...known.values()].reduce((sum, one) => sum + one.incomplete, 0),
    warnings,
    differences,
  };
};
