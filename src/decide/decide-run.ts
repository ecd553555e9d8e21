/** Flow part: every comparison of a run through all its looks, and the family's decisions. */

import type { Config } from '../model/config.ts';
import type { BlockRecord, DeclaredComparison, InstanceRecord, Looks, Samples } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';
import { groupBlocks } from '../samples/group-blocks.ts';
import { decideFamily, type MemberDecision } from './comparison-family.ts';
import type { ComparisonContext, FunctionBlocks } from './comparison-inputs.ts';
import { type ExaminedComparison, examineComparison } from './examine-comparison.ts';
import { capBlocks, ONE_ATTEMPT } from './plan-attempts.ts';
import { type PlannedComparison, planComparisons } from './plan-comparisons.ts';
import { chooseLooks } from './plan-looks.ts';

export interface DecideOptions {
  /** False while the run goes on: only the looks that are due. Default true: the end, where all of alpha may be spent. */
  final?: boolean;
  /** Plan looks and family from `config` instead of taking those of the header (replay with another config). */
  replan?: boolean;
}

export interface DecidedComparison {
  planned: PlannedComparison;
  examined: ExaminedComparison;
  /** Null where it is not decided: something stands in its way. */
  decision: MemberDecision | null;
  context: ComparisonContext;
}

export interface DecidedRun {
  looks: Looks;
  gated: DeclaredComparison[];
  familySize: number;
  comparisons: DecidedComparison[];
  functions: Map<string, FunctionBlocks>;
  /** Of complete blocks. */
  instances: InstanceRecord[];
  /** Functions with more blocks than count. */
  beyond: string[];
  incomplete: number;
  warnings: Warning[];
}

const NOTHING = (name: string): FunctionBlocks => ({
  ...{ name, blocks: [], incomplete: 0, attempts: [ONE_ATTEMPT], arms: new Map() },
});

/** What each block of a function was to hold of the head revision; nothing of files that do not say. */
const plannedArms = (records: readonly BlockRecord[] = [], name: string): FunctionBlocks['arms'] =>
  new Map(
    records
      .filter((record) => record.function === name)
      .map(({ block, arms }) => [
        block,
        new Set(arms.filter(({ revision }) => revision === 'head').map(({ isolation }) => isolation)),
      ]),
  );

/** @throws BadInputError where measure.max_blocks can decide nothing */
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
  const functions = new Map(
    [...groupBlocks(instances)].map(([name, blocks]) => {
      const attempts = plans?.get(name) ?? [ONE_ATTEMPT];
      const cap = capBlocks(attempts, config.measure.maxBlocks);
      if (blocks.length > cap) beyond.push(name);
      const left = (ignored.incompleteByFunction?.get(name) ?? 0) + (incompleteByFunction.get(name) ?? 0);
      return [
        name,
        { name, blocks: blocks.slice(0, cap), incomplete: left, attempts, arms: plannedArms(samples.blocks, name) },
      ];
    }),
  );
  const planned = planComparisons(config, header, instances);
  const gated = planned.filter(({ obstacle }) => obstacle === null).map(({ declared }) => declared);
  // A file that declares fewer comparisons than its config holds, or more, gains nothing by it.
  const declared = Math.min(looks.comparisons.length, planned.length);
  const familySize = Math.max(declared, gated.length, 1);
  const examined = planned.map((one) => {
    const fn = functions.get(one.declared.function) ?? NOTHING(one.declared.function);
    const context = { fn, looks, gated, familySize, config, final };
    return { planned: one, context, examined: examineComparison(one, context) };
  });
  const free = examined.filter(({ planned: { obstacle } }) => obstacle === null);
  const alpha = { fail: looks.alphaFail, pass: looks.alphaPass };
  const decisions = decideFamily(
    free.map((one) => one.examined.member),
    familySize,
    alpha,
  );
  const comparisons = examined.map((one) => ({ ...one, decision: decisions[free.indexOf(one)] ?? null }));
  return { looks, gated, familySize, comparisons, functions, instances, beyond, incomplete, warnings };
};
