/** During a run: which isolations of a function still need blocks. */

import type { Config } from '../model/config.ts';
import type { Samples } from '../model/samples.ts';
import { type DecidedComparison, decideRun } from './decide-run.ts';
import { isFutile } from './forecast.ts';

export interface IsolationState {
  isolation: string;
  /**
   * `open`: needs more blocks. `decided`: every gated comparison is decided. `futile`: undecided, and the blocks that are
   * left are unlikely to change that. `ungated`: nothing is to be decided.
   */
  state: 'open' | 'decided' | 'futile' | 'ungated';
}

const judgeIsolation = (
  comparisons: DecidedComparison[],
  alpha: { fail: number; pass: number },
  blocksLeft: number,
): IsolationState['state'] => {
  if (comparisons.length === 0) return 'ungated';
  const open = comparisons.filter(({ decision }) => decision?.outcome === 'open');
  if (open.length === 0) return 'decided';
  return open.every(({ examined: { view } }) => isFutile(view, alpha, blocksLeft)) ? 'futile' : 'open';
};

/**
 * One entry for each isolation of the configuration. The control has one too, for the regression of the control itself.
 * @param options `final`: at the end of an attempt, whose last block is a look as well
 */
export const applyStoppingRule = (
  samples: Samples,
  config: Config,
  functionName: string,
  blocksLeft: number,
  { final = false }: { final?: boolean } = {},
): IsolationState[] => {
  const run = decideRun(samples, config, { final });
  const alpha = { fail: run.looks.alphaFail / run.familySize, pass: run.looks.alphaPass };
  return config.isolations.map(({ name }) => {
    const own = run.comparisons.filter(
      ({ planned: { declared, obstacle } }) =>
        obstacle === null && declared.function === functionName && declared.isolation === name,
    );
    return { isolation: name, state: judgeIsolation(own, alpha, blocksLeft) };
  });
};
