/** Noise of functions whose blocks are few: what an early look may assume, and what it may not. */

import { center, Sample } from 'pragmastat';
import { sampleStandardDeviation } from 'simple-statistics';
import { type Random, seededRandom } from './random.ts';

/** Noise of each arm, before it is scaled. */
interface Arms {
  control: () => number;
  treatment: () => number;
}

const both =
  (make: (random: Random) => () => number) =>
  (random: Random): Arms => ({
    control: make(random),
    treatment: make(random),
  });

const normal = (random: Random) => () => random.normal();

const autoregression =
  (lag: number) =>
  (random: Random): (() => number) => {
    let state = random.normal();
    return () => {
      state = lag * state + Math.sqrt(1 - lag ** 2) * random.normal();
      return state;
    };
  };

const exponential = (random: Random) => () => -Math.log(random.uniform());

/** Two levels 4 apart, with so much noise on each. */
const twoModes = (highShare: number, noise: number) => (random: Random) => () =>
  noise * random.normal() + (random.uniform() < highShare ? 4 : 0);

const inTreatment =
  (make: (random: Random) => () => number, noise = 0.5) =>
  (random: Random): Arms => ({ control: () => noise * random.normal(), treatment: make(random) });

/** So little noise besides that nothing within four blocks tells of the other level. */
const SHARP = 0.05;

/** A scale of its own in each block: e to the power of a normal variable. */
const changingScale = (random: Random): Arms => {
  let scale = 1;
  return {
    control: () => {
      scale = Math.exp(random.normal());
      return scale * random.normal();
    },
    treatment: () => scale * random.normal(),
  };
};

export const EARLY_FAMILIES = {
  normal: both(normal),
  uniform: both((random) => () => 3.5 * (random.uniform() - 0.5)),
  'heavy-tailed (t3)': both((random) => () => random.t3()),
  'a scale of its own in each block': changingScale,
  'AR(1) 0.3': both(autoregression(0.3)),
  'AR(1) 0.6': both(autoregression(0.6)),
  'skew (exponential)': both(exponential),
  'skew in the treatment alone (exponential)': inTreatment(exponential),
  'skew in the treatment alone (lognormal)': inTreatment((random) => () => Math.exp(0.5 * random.normal())),
  'two modes in both arms, 70:30': both(twoModes(0.3, 0.5)),
  'two modes in the treatment alone, 50:50': inTreatment(twoModes(0.5, 0.5)),
  'two modes in the treatment alone, 70:30': inTreatment(twoModes(0.3, 0.5)),
  'two modes in the treatment alone, 30:70': inTreatment(twoModes(0.7, 0.5)),
  'two sharp modes in the treatment alone, 50:50': inTreatment(twoModes(0.5, SHARP), SHARP),
  'two sharp modes in the treatment alone, 70:30': inTreatment(twoModes(0.3, SHARP), SHARP),
  'two sharp modes in the treatment alone, 30:70': inTreatment(twoModes(0.7, SHARP), SHARP),
} as const satisfies Record<string, (random: Random) => Arms>;
export type EarlyFamily = keyof typeof EARLY_FAMILIES;

export interface NoiseSeries {
  /** ln(treatment ÷ control), with the centre 0 and the deviation 1. */
  values: number[];
  /** ln(A/A control ÷ control) on the same scale. */
  twin: number[];
}

const draw = (family: EarlyFamily, blocks: number, random: Random): NoiseSeries => {
  const { control, treatment } = EARLY_FAMILIES[family](random);
  const again = EARLY_FAMILIES[family](random).control;
  const series: NoiseSeries = { values: [], twin: [] };
  for (let block = 0; block < blocks; block += 1) {
    const cost = control();
    series.values.push(treatment() - cost);
    series.twin.push(again() - cost);
  }
  return series;
};

/** Enough for a centre that is off by less than a fiftieth of the deviation. */
const CENTRE_VALUES = 5000;
const known = new Map<EarlyFamily, { centre: number; deviation: number }>();

const normsOf = (family: EarlyFamily): { centre: number; deviation: number } => {
  const before = known.get(family);
  if (before !== undefined) return before;
  const { values } = draw(family, CENTRE_VALUES, seededRandom(7));
  const norms = { centre: center(Sample.of(values)).value, deviation: sampleStandardDeviation(values) };
  known.set(family, norms);
  return norms;
};

export const drawNoise = (family: EarlyFamily, blocks: number, random: Random): NoiseSeries => {
  const { centre, deviation } = normsOf(family);
  const { values, twin } = draw(family, blocks, random);
  return { values: values.map((value) => (value - centre) / deviation), twin: twin.map((value) => value / deviation) };
};
