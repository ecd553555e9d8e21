/** What early looks save, and what they get wrong: by simulation, and on logs that tuned nothing. */

import { EARLY_FAMILIES, type EarlyFamily } from './early-noise.ts';
import type { EarlyTask, Situation, UnseenTask } from './early-tasks.ts';
import type { RunTasks, StudyOptions } from './study.ts';
import type { Tally } from './tally.ts';

export interface EarlyStudy {
  /** At the limit, after ten blocks: only early looks have decided. */
  atLimit: { family: EarlyFamily; situation: Situation; tally: Tally }[];
  /** Until a verdict. `distance` in noise widths, below zero under the limit. */
  speed: { situation: Situation; deviation: number; distance: number; now: Tally; before: Tally }[];
  /** Five times the limit. */
  gross: { situation: Situation; deviation: number; now: Tally; before: Tally }[];
  /** Near the limit, at the cap. */
  power: { distance: number; now: Tally; before: Tally }[];
  /** Sets of logs that were not used for tuning, in the order of their files. */
  unseen: UnseenStudy[];
}

export interface UnseenStudy {
  name: string;
  logs: number;
  byLimit: { situation: Situation; limit: number; now: Tally; before: Tally }[];
  /** The limit at each log's centre: early looks alone, and whole runs. */
  early: { situation: Situation; tally: Tally }[];
  whole: { situation: Situation; now: Tally; before: Tally }[];
}

const SITUATIONS = ['known', 'alone'] as const satisfies Situation[];
/** Only where noise may be in the treatment alone does it matter that other functions have none. */
const AT_LIMIT_SITUATIONS = ['known', 'alone', 'unlike'] as const satisfies Situation[];
/** As of cold starts. With less noise the distance rule alone would prevent early decisions at the limit. */
const DEVIATION = 0.15;
const RUNS = { atLimit: 20_000, speed: 500, power: 4000, unseen: 800, unseenAtLimit: 4000, unseenWhole: 2000 };
const EARLY_ONLY = { blocks: 11, isOver: false, hasBefore: false };
/** Enough for every distance below, by ranks as well. */
const TO_A_VERDICT = { blocks: 24, isOver: false, hasBefore: true };
const DISTANCES = [-20, -15, -10, -8, -5, 5, 8, 10, 15, 20];
/** As of warm latencies: many noise widths are a small factor then. */
const QUIET_DEVIATION = 0.03;
const QUIET_DISTANCES = [-20, -8, 8, 20];
const GROSS_DEVIATIONS = [0.03, 0.15, 0.3];
/** In noise widths; with 60 blocks the test of fixed size finds about 50, 70, 87 and 97 %. */
const POWER_DISTANCES = [-0.42, -0.35, -0.28, -0.21, 0.3, 0.37, 0.45, 0.55];
const UNSEEN_LIMITS = [0.5, 0.8, 1.25, 2];
/** The shortest logs have so many pairs. */
const WHOLE = { blocks: 30, isOver: true, hasBefore: true };

const familyNames = Object.keys(EARLY_FAMILIES) as EarlyFamily[];

const scaledBy =
  ({ factor }: StudyOptions) =>
  (count: number): number =>
    Math.max(1, Math.round(count * factor));

/** Results in the order of their tasks. */
const taking = (results: Tally[][]) => ({
  takeOne: (): Tally => results.shift()?.[0] as Tally,
  takeTwo: (): { now: Tally; before: Tally } => {
    const [now, before] = results.shift() as [Tally, Tally];
    return { now, before };
  },
});

export const studyUnseen = async (options: StudyOptions, run: RunTasks): Promise<UnseenStudy[]> => {
  const runs = scaledBy(options);
  const byLimit = SITUATIONS.flatMap((situation) => UNSEEN_LIMITS.map((limit) => ({ situation, limit })));
  const studies: UnseenStudy[] = [];
  for (const [set, { name, logs }] of options.unseen.entries()) {
    let seed = options.seed + 950_000 + 1000 * set;
    const unseen = (part: Omit<UnseenTask, 'kind' | 'seed' | 'set'>): UnseenTask => {
      seed += 10;
      return { kind: 'unseen', set, seed, ...part };
    };
    const results = await run([
      ...byLimit.map((one) => unseen({ ...one, ...TO_A_VERDICT, runs: runs(RUNS.unseen) })),
      ...SITUATIONS.map((situation) => unseen({ situation, ...EARLY_ONLY, limit: 1, runs: runs(RUNS.unseenAtLimit) })),
      ...SITUATIONS.map((situation) => unseen({ situation, ...WHOLE, limit: 1, runs: runs(RUNS.unseenWhole) })),
    ]);
    const { takeOne, takeTwo } = taking(results);
    studies.push({
      name,
      logs,
      byLimit: byLimit.map((one) => ({ ...one, ...takeTwo() })),
      early: SITUATIONS.map((situation) => ({ situation, tally: takeOne() })),
      whole: SITUATIONS.map((situation) => ({ situation, ...takeTwo() })),
    });
  }
  return studies;
};

export const studyEarly = async (options: StudyOptions, run: RunTasks): Promise<EarlyStudy> => {
  const runs = scaledBy(options);
  let seed = options.seed + 900_000;
  const next = (): number => {
    seed += 10;
    return seed;
  };
  const early = (part: Omit<EarlyTask, 'kind' | 'seed'>): EarlyTask => ({ kind: 'early', seed: next(), ...part });

  const atLimit = AT_LIMIT_SITUATIONS.flatMap((situation) => familyNames.map((family) => ({ situation, family })));
  const speed = SITUATIONS.flatMap((situation) => [
    ...DISTANCES.map((distance) => ({ situation, deviation: DEVIATION, distance })),
    ...QUIET_DISTANCES.map((distance) => ({ situation, deviation: QUIET_DEVIATION, distance })),
  ]);
  const gross = SITUATIONS.flatMap((situation) => GROSS_DEVIATIONS.map((deviation) => ({ situation, deviation })));
  const power = POWER_DISTANCES.map((distance) => ({ distance }));

  const normal = { family: 'normal', deviation: DEVIATION } as const;
  const results = await run([
    ...atLimit.map((one) =>
      early({ ...one, ...EARLY_ONLY, deviation: DEVIATION, distance: 0, runs: runs(RUNS.atLimit) }),
    ),
    ...speed.map((one) =>
      early({ ...normal, ...one, ...TO_A_VERDICT, distance: one.distance * one.deviation, runs: runs(RUNS.speed) }),
    ),
    ...gross.map((one) => early({ ...normal, ...one, ...TO_A_VERDICT, distance: Math.log(5), runs: runs(RUNS.speed) })),
    ...power.map(({ distance }) =>
      early({
        ...{ ...normal, situation: 'alone', distance: distance * DEVIATION },
        ...{ blocks: 60, isOver: true, hasBefore: true, runs: runs(RUNS.power) },
      }),
    ),
  ]);
  const { takeOne, takeTwo } = taking(results);
  return {
    atLimit: atLimit.map((one) => ({ ...one, tally: takeOne() })),
    speed: speed.map((one) => ({ ...one, ...takeTwo() })),
    gross: gross.map((one) => ({ ...one, ...takeTwo() })),
    power: power.map((one) => ({ ...one, ...takeTwo() })),
    unseen: await studyUnseen(options, run),
  };
};
