/** Every comparison of a run with all its looks, and the decisions of the comparison family. */

import { groupBy } from '../lib/group-by.ts';
import type { Config } from '../model/config.ts';
import type { AttemptPlan, BlockRecord, InstanceRecord, Looks, Samples } from '../model/samples.ts';
import type { AnswerDifference } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';
import { groupBlocks, listOrientationBlocks } from '../samples/group-blocks.ts';
import { listDifferences } from './answers.ts';
import { decideFamily, type MemberDecision } from './comparison-family.ts';
import type { ComparisonContext, FunctionBlocks } from './comparison-inputs.ts';
import { type ExaminedComparison, examineComparison } from './examine-comparison.ts';
import { type GatedComparisons, indexGated } from './gated-comparisons.ts';
import { indexNoise } from './noise-around.ts';
import { capBlocks, ONE_ATTEMPT } from './plan-attempts.ts';
import { type PlannedComparison, planComparisons } from './plan-comparisons.ts';
import { chooseLooks } from './plan-looks.ts';

export interface DecideOptions {
  /** False during the run, when only the looks that are due count. Default true: the end, where all alpha may be spent. */
  final?: boolean;
  /** Plan the looks and the comparison family from `config` instead of taking those of the header. */
  replan?: boolean;
}

export interface DecidedComparison {
  planned: PlannedComparison;
  examined: ExaminedComparison;
  /** Null where something prevents a decision. */
  decision: MemberDecision | null;
  context: ComparisonContext;
}

export interface DecidedRun {
  looks: Looks;
  gated: GatedComparisons;
  familySize: number;
  comparisons: DecidedComparison[];
  functions: Map<string, FunctionBlocks>;
  /** Those of complete blocks. */
  instances: InstanceRecord[];
  /** Functions with more blocks than may count. */
  beyond: string[];
  incomplete: number;
  warnings: Warning[];
  differences: AnswerDifference[];
}

const noBlocks = (name: string, attempts: AttemptPlan[] = [ONE_ATTEMPT]): FunctionBlocks => ({
  name,
  blocks: [],
  orientation: [],
  incomplete: 0,
  attempts,
  arms: new Map(),
});

/** The isolations that each block of a function was planned to hold of the head; empty for files that do not say. */
const plannedArms = (records: readonly BlockRecord[]): FunctionBlocks['arms'] =>
  new Map(
    records.map(({ block, arms }) => [
      block,
      new Set(arms.filter(({ revision }) => revision === 'head').map(({ isolation }) => isolation)),
    ]),
  );

/** @throws BadInputError where measure.max_blocks is too small to decide anything */
export const decideRun = (
  samples: Samples,
  config: Config,
  { final = true, replan = false }: DecideOptions,
): DecidedRun => {
  const { header, ignored, plans } = samples;
  const isolations = new Set(config.isolations.map(({ name }) => name));
  const complete = completeBlocks(samples.instances, isolations, samples.blocks);
  const { instances, incomplete, incompleteByFunction } = complete;
  const { looks, warnings } = chooseLooks(header, config, instances, replan);
  const beyond: string[] = [];
  const blockRecords = groupBy(samples.blocks ?? [], (record) => record.function);
  const functions = new Map(
    [...groupBlocks(instances)].map(([name, blocks]) => {
      const attempts = plans?.get(name) ?? [ONE_ATTEMPT];
      const cap = capBlocks(attempts, config.measure.maxBlocks);
      const records = blockRecords.get(name) ?? [];
      const idle = listOrientationBlocks(records);
      const deciding = blocks.filter(({ index }) => !idle.has(index));
      if (deciding.length > cap) beyond.push(name);
      const left = (ignored.incompleteByFunction?.get(name) ?? 0) + (incompleteByFunction.get(name) ?? 0);
      return [
        name,
        {
          name,
          blocks: deciding.slice(0, cap),
          orientation: blocks.filter(({ index }) => idle.has(index)),
          incomplete: left,
          attempts,
          arms: plannedArms(records),
        },
      ];
    }),
  );
  const differences = listDifferences(config, (name) => {
    const { blocks, orientation } = functions.get(name) ?? noBlocks(name);
    return [...blocks, ...orientation];
  });
  const planned = planComparisons(config, header, instances, differences);
  const gated = indexGated(planned.filter(({ obstacle }) => obstacle === null).map(({ declared }) => declared));
  // A file must gain nothing by declaring fewer or more comparisons than its configuration has.
  const declared = Math.min(looks.comparisons.length, planned.length);
  const familySize = Math.max(declared, gated.all.length, 1);
  const noiseElsewhere = indexNoise(functions, header);
  const examined = planned.map((one) => {
    const { function: name } = one.declared;
    const known = functions.get(name) ?? noBlocks(name, plans?.get(name));
    // Blocks that decide nothing still show what an arm roughly costs.
    const fn = one.obstacle === null ? known : { ...known, blocks: [...known.blocks, ...known.orientation] };
    const context = { fn, looks, gated, familySize, config, final, noiseElsewhere };
    return { planned: one, context, examined: examineComparison(one, context) };
  });
  const free = examined.filter(({ planned: { obstacle } }) => obstacle === null);
  const alpha = { fail: looks.alphaFail, pass: looks.alphaPass };
  const decisions = decideFamily(
    free.map((one) => one.examined.member),
    familySize,
    alpha,
  );
  const decisionOf = new Map(free.map((one, index) => [one, decisions[index]]));
  const comparisons = examined.map((one) => ({ ...one, decision: decisionOf.get(one) ?? null }));
  return { looks, gated, familySize, comparisons, functions, instances, beyond, incomplete, warnings, differences };
};
