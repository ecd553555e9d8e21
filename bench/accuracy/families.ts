import type { PairedCosts } from './paired-costs.ts';
import type { Random } from './random.ts';

export const FAMILIES = [
  'normal',
  'heavy-tailed',
  'bimodal',
  'drifting host',
  'drifting overhead',
  'autocorrelated',
] as const;
export type Family = (typeof FAMILIES)[number];

/** Standard deviation of a block's log ratio, as on the noisier half of CI machines (that of `bimodal` is 0.035). */
export const RATIO_DEVIATION = 0.03;
/** What both arms of a block have in common, and a pair takes away. */
const HOST_DEVIATION = 0.02;
const TYPICAL_COST = 100;
/** Each arm's own share of the noise. */
const OWN = RATIO_DEVIATION / Math.SQRT2;
/** Share of instances that land in a mode this much slower. */
const SLOW_SHARE = 0.3;
const SLOW_BY = 0.05;
const MODE_DEVIATION = 0.01;
/** ln by which the host is slower at the last block than at the first. */
const HOST_DRIFT = 0.1;
/** ln by which the overhead is off at the first block, below, and at the last, above. */
const OVERHEAD_DRIFT = 0.01;
/** Correlation of one block with the next. */
const LAG_ONE = 0.5;

/** First-order autoregression with a standard deviation of 1. */
const autoregression = (random: Random): (() => number) => {
  let state = random.normal();
  return () => {
    const now = state;
    state = LAG_ONE * state + Math.sqrt(1 - LAG_ONE ** 2) * random.normal();
    return now;
  };
};

const ownNoise = (family: Family, random: Random): (() => number) => {
  if (family === 'heavy-tailed') return () => OWN * random.t3();
  if (family === 'bimodal')
    return () => MODE_DEVIATION * random.normal() + (random.uniform() < SLOW_SHARE ? SLOW_BY : 0);
  if (family === 'autocorrelated') {
    const next = autoregression(random);
    return () => OWN * next();
  }
  return () => OWN * random.normal();
};

/** From 0 at the first block to 1 at the last. */
const progressAt = (block: number, blocks: number): number => (blocks === 1 ? 0.5 : block / (blocks - 1));

const overheadShift = (family: Family, block: number, blocks: number): number =>
  family === 'drifting overhead' ? OVERHEAD_DRIFT * (2 * progressAt(block, blocks) - 1) : 0;

/** @param factor true centre of treatment ÷ control over the whole of `blocks` */
export const simulate = (family: Family, factor: number, blocks: number, random: Random): PairedCosts => {
  const noise = { control: ownNoise(family, random), treatment: ownNoise(family, random) };
  const common = family === 'autocorrelated' ? autoregression(random) : random.normal;
  const costs: PairedCosts = { control: [], treatment: [] };
  for (let block = 0; block < blocks; block += 1) {
    const drift = family === 'drifting host' ? HOST_DRIFT * progressAt(block, blocks) : 0;
    const host = HOST_DEVIATION * common() + drift;
    const shift = overheadShift(family, block, blocks);
    costs.control.push(TYPICAL_COST * Math.exp(host + noise.control()));
    costs.treatment.push(TYPICAL_COST * factor * Math.exp(host + shift + noise.treatment()));
  }
  return costs;
};

/** Log ratios of several arms against the one control that they share in each block. What they have in common cancels. */
export const simulateArms = (family: Family, factors: number[], blocks: number, random: Random): number[][] => {
  const nextControl = ownNoise(family, random);
  const control = Array.from({ length: blocks }, () => nextControl());
  return factors.map((factor) => {
    const next = ownNoise(family, random);
    return control.map((noise, block) => Math.log(factor) + overheadShift(family, block, blocks) + next() - noise);
  });
};
