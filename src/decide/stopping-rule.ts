/** Flow part: which isolations of a function still need blocks, while the run goes on. */

import type { Config } from '../model/config.ts';
import type { Samples } from '../model/samples.ts';
import { type DecidedComparison, decideRun } from './decide-run.ts';
import { isFutile } from './forecast.ts';

export interface Standing {
  isolation: string;
  /**
   * `open`: needs more blocks. `decided`: every gated comparison of it is. `hopeless`: undecided, and in the blocks that
   * are left as well. `ungated`: nothing is decided there.
   */
  state: 'open' | 'decided' | 'hopeless' | 'ungated';
}

const judgeIsolation = (
  comparisons: DecidedComparison[],
  alpha: { fail: number; pass: number },
  blocksLeft: number,
): Standing['state'] => {
  if (comparisons.length === 0) return 'ungated';
  const open = comparisons.filter(({ decision }) => decision?.outcome === 'open');
  if (open.length === 0) return 'decided';
  return open.every(({ examined: { view } }) => isFutile(view, alpha, blocksLeft)) ? 'hopeless' : 'open';
};

/**
 * One entry an isolation of the configuration, the control's among them for the regression of the control itself.
 * @param options `final`: at the end of an attempt, where its last block is a look as well
 */
export const applyStoppingRule = (
  samples: Samples,
  config: Config,
  functionName: string,
  blocksLeft: number,
  { final = false }: { final?: boolean } = {},
): Standing[] => {
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
