/** Runs of one comparison that show what early looks save, and what they get wrong. */

import { center, Sample } from 'pragmastat';
import { sampleStandardDeviation } from 'simple-statistics';
import type { NoiseAround } from '../../src/decide/early-test.ts';
import { combineNoise } from '../../src/decide/noise-around.ts';
import { drawNoise, type EarlyFamily } from './early-noise.ts';
import { decideClaims } from './our-rule.ts';
import { logRatios } from './paired-costs.ts';
import { type Random, seededRandom } from './random.ts';
import type { Ruling } from './ruling.ts';
import { addRuling, newTally, type Tally } from './tally.ts';
import { costsOf, type PairedLog, windowOf } from './tuning-set.ts';

/**
 * `known`: an A/A control, and two functions with the same kind of noise that ran before. `alone`: an A/A control only. `unlike`:
 * the functions before had no more noise than the A/A control.
 */
export type Situation = 'known' | 'alone' | 'unlike';

export interface EarlyTask {
  kind: 'early';
  family: EarlyFamily;
  situation: Situation;
  /** Standard deviation of a block's log ratio. */
  deviation: number;
  /** ln by which the truth is above the limit. */
  distance: number;
  /** Blocks that are measured at most; of them more would come if the run is not over. */
  blocks: number;
  isOver: boolean;
  /** Two tallies, with early looks and without; else one. */
  hasBefore: boolean;
  runs: number;
  seed: number;
}

/** Windows of logs that nobody tuned anything with, against limits at shares of the log's own centre. */
export interface UnseenTask {
  kind: 'unseen';
  /** Which of the sets of logs. */
  set: number;
  /** The limit as a factor over the true ratio. */
  limit: number;
  blocks: number;
  situation: Situation;
  isOver: boolean;
  hasBefore: boolean;
  runs: number;
  seed: number;
}

/** `max_blocks`, by which looks are planned. */
const CAP = 60;
/** Of functions that ran before. */
const BLOCKS_BEFORE = 10;
const FUNCTIONS_BEFORE = 2;

const around =
  (twin: number[], elsewhere: number[]) =>
  (n: number): NoiseAround => ({
    ...combineNoise(twin.slice(0, n), elsewhere, 1),
    ...{ isBarred: false, mayFail: true },
  });

const decideTwice = (
  tallies: Tally[],
  cluster: number,
  claim: Parameters<typeof decideClaims>[0][number],
  isOver: boolean,
): void => {
  for (const [index, tally] of tallies.entries()) {
    const [ruling] = decideClaims([claim], CAP, { isEarly: index === 0, isOver });
    // An open comparison has cost all its blocks, whatever its last look saw.
    const blocks = ruling?.outcome === 'inconclusive' ? claim.differences.length : (ruling?.blocks ?? 0);
    addRuling(tally, { ...(ruling as Ruling), blocks }, cluster);
  }
};

export const runEarly = (task: EarlyTask): Tally[] => {
  const { family, deviation, distance, blocks } = task;
  const random = seededRandom(task.seed);
  const scaled = (values: number[]): number[] => values.map((value) => deviation * value);
  const tallies = Array.from({ length: task.hasBefore ? 2 : 1 }, () => newTally());
  for (let run = 0; run < task.runs; run += 1) {
    const { values, twin } = drawNoise(family, blocks, random);
    const before = (): number[] => {
      const noise = drawNoise(family, BLOCKS_BEFORE, random);
      return scaled(task.situation === 'unlike' ? noise.twin : noise.values);
    };
    const elsewhere =
      task.situation === 'alone'
        ? []
        : Array.from({ length: FUNCTIONS_BEFORE }, () => sampleStandardDeviation(before()));
    const differences = scaled(values).map((value) => value + distance);
    decideTwice(tallies, 0, { differences, limit: 0, noise: around(scaled(twin), elsewhere) }, task.isOver);
  }
  return tallies;
};

/** There is no A/A control in such logs; what is known is the noise of another window of the same log, as of a recorded run. */
export const runUnseen = (task: UnseenTask, sets: PairedLog[][]): Tally[] => {
  const random = seededRandom(task.seed);
  const logs = sets[task.set] ?? [];
  const series = logs.map((log) => logRatios(costsOf(log)));
  const centres = series.map((values) => center(Sample.of(values)).value);
  const tallies = Array.from({ length: task.hasBefore ? 2 : 1 }, () => newTally(series.length));
  const window = (values: number[], count: number, from: Random): number[] =>
    windowOf({ control: values, treatment: values }, from.index(values.length - count + 1), count).treatment;
  for (let run = 0; run < task.runs; run += 1) {
    const cluster = run % series.length;
    const own = series[cluster] as number[];
    const elsewhere = task.situation === 'alone' ? [] : [sampleStandardDeviation(window(own, BLOCKS_BEFORE, random))];
    const limit = (centres[cluster] as number) + Math.log(task.limit);
    const differences = window(own, task.blocks, random);
    decideTwice(tallies, cluster, { differences, limit, noise: around([], elsewhere) }, task.isOver);
  }
  return tallies;
};
