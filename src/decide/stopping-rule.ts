/** During a run: which isolations of a function still need blocks. */

import type { Config } from '../model/config.ts';
import type { Samples, SamplesByFunction } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import { type DecidedComparison, type DecidedRun, decideRun } from './decide-run.ts';
import { decideVerdict } from './examine-comparison.ts';
import { isFutile } from './forecast.ts';
import { fewestBlocks } from './look.ts';

export interface IsolationState {
  isolation: string;
  /**
   * `open`: needs more blocks. `decided`: every gated comparison is decided. `futile`: undecided, and the blocks that are
   * left are unlikely to change that. `ungated`: nothing is to be decided.
   */
  state: 'open' | 'decided' | 'futile' | 'ungated';
}

const judgeIsolation = (
  run: DecidedRun,
  comparisons: DecidedComparison[],
  alpha: { fail: number; pass: number },
  blocksLeft: number,
): IsolationState['state'] => {
  if (comparisons.length === 0) return 'ungated';
  const open = comparisons.filter(({ decision }) => decision?.outcome === 'open');
  if (open.length === 0) return 'decided';
  const isHopeless = ({ planned }: DecidedComparison): boolean => {
    const { examined, context } = run.examine(planned);
    return isFutile(examined.view, alpha, blocksLeft, fewestBlocks(examined.view.inputs, context));
  };
  return open.every(isHopeless) ? 'futile' : 'open';
};

/** How far an open comparison is from a decision: the width of its interval, in allowances of its limit. */
const spreadOf = ({ lower, upper, limit, scale }: ComparisonVerdict): number =>
  lower === null || upper === null
    ? Number.POSITIVE_INFINITY
    : (upper - lower) / (Math.abs(scale === 'ratio' ? limit - 1 : limit) || 1);

/** The first of those that are furthest from a decision. */
const findWidest = (open: ComparisonVerdict[]): ComparisonVerdict | null =>
  open.reduce<ComparisonVerdict | null>(
    (widest, one) => (widest === null || spreadOf(one) > spreadOf(widest) ? one : widest),
    null,
  );

export interface RunState {
  /** One for each isolation of the configuration. The control has one too, for the regression of the control itself. */
  states: IsolationState[];
  /** The open comparison of the function with the widest interval against its limit; computed when it is called. */
  findWidest: () => ComparisonVerdict | null;
}

/** @param options `final`: at the end of an attempt, whose last block is a look as well */
export const applyStoppingRule = (
  samples: Samples | SamplesByFunction,
  config: Config,
  functionName: string,
  blocksLeft: number,
  { final = false }: { final?: boolean } = {},
): IsolationState[] => judgeIsolations(decideRun(samples, config, { final }), config, functionName, blocksLeft).states;

/** The same of a run that has been decided, with what a person wants to see of it. */
export const judgeIsolations = (
  run: DecidedRun,
  config: Config,
  functionName: string,
  blocksLeft: number,
): RunState => {
  const alpha = { fail: run.looks.alphaFail / run.familySize, pass: run.looks.alphaPass };
  const gated = run.comparisons.filter(
    ({ planned: { declared, obstacle } }) => obstacle === null && declared.function === functionName,
  );
  return {
    states: config.isolations.map(({ name }) => {
      const own = gated.filter(({ planned }) => planned.declared.isolation === name);
      return { isolation: name, state: judgeIsolation(run, own, alpha, blocksLeft) };
    }),
    findWidest: () =>
      findWidest(
        gated
          .filter(({ decision }) => decision?.outcome === 'open')
          .map(({ planned, decision }) => {
            const { examined, context } = run.examine(planned);
            return decideVerdict(examined, decision, context).verdict;
          }),
      ),
  };
};
