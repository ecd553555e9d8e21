/** During a run: a look decides the function whose blocks grew, and takes of the others what it remembers of them. */

import type { Config } from '../model/config.ts';
import type { Looks, SamplesByFunction } from '../model/samples.ts';
import { type DecidedRun, decideRun } from './decide-run.ts';
import { countGated, type GatedCounts } from './gated-comparisons.ts';
import type { NoiseScales } from './noise-around.ts';
import { type KnownFunction, readFunctions } from './read-functions.ts';

export interface FollowedRun {
  /**
   * Decides the comparisons of one function by what has been measured. Fails of other functions count as of their own last
   * look: the end of the run, which decides on everything together, may find more of them.
   */
  look(samples: SamplesByFunction, functionName: string): DecidedRun;
}

/** What is remembered of one function. */
interface Standing {
  gated: GatedCounts;
  fails: number;
}

const countFails = (run: DecidedRun, name: string): number =>
  run.comparisons.filter(({ planned, decision }) => planned.declared.function === name && decision?.outcome === 'fail')
    .length;

export const followRun = (config: Config): FollowedRun => {
  let first: { looks: Looks; comparisons: number } | null = null;
  let latest: string | null = null;
  const known = new Map<string, KnownFunction>();
  const standings = new Map<string, Standing>();
  const scales: NoiseScales = new Map();

  const remember = (run: DecidedRun, name: string): void => {
    const seen = run.known.get(name);
    if (seen) known.set(name, seen);
    standings.set(name, { gated: countGated(run.gated.ofFunction(name)), fails: countFails(run, name) });
  };

  /** Blocks that came after the last look at a function, and functions of which nothing is decided. */
  const catchUp = (samples: SamplesByFunction, current: string): void => {
    if (latest !== null) scales.delete(latest);
    const { know } = readFunctions(samples, config);
    for (const name of samples.functions)
      if (name !== current && (name === latest || !known.has(name))) known.set(name, know(name));
  };

  return {
    look(samples, name) {
      // What earlier attempts measured has been decided by nobody yet.
      if (first === null) {
        const run = decideRun(samples, config, { final: false });
        first = { looks: run.looks, comparisons: run.comparisons.length };
        for (const fn of config.functions) remember(run, fn.name);
        latest = name;
        return run;
      }
      if (latest !== name) catchUp(samples, name);
      latest = name;
      scales.delete(name);
      const gated = { comparisons: 0, intervals: 0 };
      let fails = 0;
      for (const [other, standing] of standings) {
        if (other === name) continue;
        gated.comparisons += standing.gated.comparisons;
        gated.intervals += standing.gated.intervals;
        fails += standing.fails;
      }
      const run = decideRun(samples, config, { final: false }, { ...first, name, gated, fails, known, scales });
      remember(run, name);
      return run;
    },
  };
};
