import { type EarlyStudy, studyEarly } from './early-study.ts';
import { FAMILIES, type Family } from './families.ts';
import { OTHER_RULES } from './other-rules.ts';
import { meanBlocks, mergeTallies, type Tally } from './tally.ts';
import { ALL_SOURCES, LIMIT, type Source, type Task, TRUTHS } from './tasks.ts';

export interface RuleRow {
  rule: string;
  /** One a truth. */
  tallies: Tally[];
}

/** What all rules made of one kind of data. */
export interface DataTable {
  name: string;
  truths: number[];
  cap: number;
  /** Blocks that the others had: as many as ours took on average, so that all cost the same. */
  used: number;
  ours: RuleRow;
  /** The same without early looks. */
  ranks: RuleRow;
  others: RuleRow[];
}

/** One point of a power curve: the first of so many comparisons has that truth, and so have all or none of the others. */
export interface PowerPoint {
  comparisons: number;
  others: 'none' | 'unchanged' | 'the same';
  truth: number;
  cap: number;
  ours: Tally;
  fixed: Tally;
}

export interface Study {
  tables: DataTable[];
  /** Runs of twelve comparisons whose truths are their limits, by family. */
  atLimits: { family: Family; tally: Tally; ranks: Tally }[];
  power: PowerPoint[];
  early: EarlyStudy;
}

export interface StudyOptions {
  /** By which all numbers of runs are multiplied. */
  factor: number;
  seed: number;
  /** Cap of the simulated data, `max_blocks`. */
  cap: number;
  /** The others get all blocks up to the cap. */
  isAtCap: boolean;
  /** Sets of logs that were not used for tuning, and how many logs each has. */
  unseen: { name: string; logs: number }[];
}

export type RunTasks = (tasks: Task[]) => Promise<Tally[][]>;

/** How many comparisons a run of a middling project has: three functions, four isolations. */
const MANY = 12;
const RUNS = { ours: 2000, others: 400, whole: 200, power: { none: 1000, unchanged: 500, 'the same': 300 } };
/** Of `RUNS.whole` each. A fixed number of them keeps the figures independent of the number of threads. */
const chunksOf = (family: Family): number => (family === 'normal' ? 16 : 2);
const PAIR_CAPS = [20, 60];
/** Factors over the limit, in points of a percent; the ones below it show passes. */
const EXCESS_POINTS = [-2.5, -1.5, -1, -0.5, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3.5, 5, 7.5];

const scaled = (runs: number, { factor }: StudyOptions): number => Math.max(1, Math.round(runs * factor));

type TableSpec = Pick<DataTable, 'name' | 'truths' | 'cap'> & { source: Source };

const tableSpecs = ({ cap }: StudyOptions): TableSpec[] => [
  ...PAIR_CAPS.map((one) => ({
    name: `tuning set, runs of ${one} pairs`,
    truths: [1, LIMIT, 1.05],
    cap: one,
    source: { kind: 'pairs' } as const,
  })),
  ...ALL_SOURCES.map((source) => ({
    name: source.kind === 'family' ? source.family : '',
    ...{ truths: TRUTHS, cap, source },
  })),
];

const tableTasks = (spec: TableSpec, index: number, used: number, rules: 'ours' | 'others', options: StudyOptions) =>
  spec.truths.map((truth, at): Task => {
    const seed = options.seed + 1000 * index + 10 * at;
    const runs = scaled(RUNS[rules], options);
    return { kind: 'table', source: spec.source, truth, rules, cap: spec.cap, used, runs, seed };
  });

const columns = (results: Tally[][], rule: number): Tally[] => results.map((tallies) => tallies[rule] as Tally);

const toRow = (rule: string, results: Tally[][]): RuleRow => ({ rule, tallies: columns(results, 1) });

const studyTables = async (options: StudyOptions, run: RunTasks): Promise<DataTable[]> => {
  const specs = tableSpecs(options);
  const ownResults = await run(specs.flatMap((spec, i) => tableTasks(spec, i, spec.cap, 'ours', options)));
  const both = specs.map((spec) => ownResults.splice(0, spec.truths.length));
  const own = both.map((results) => columns(results, 0));
  const used = own.map((tallies, i) => {
    const mean = tallies.reduce((sum, tally) => sum + meanBlocks(tally), 0) / tallies.length;
    return options.isAtCap ? (specs[i]?.cap ?? 0) : Math.round(mean);
  });
  const results = await run(specs.flatMap((spec, i) => tableTasks(spec, i, used[i] ?? spec.cap, 'others', options)));
  return specs.map(({ name, truths, cap }, i) => {
    const those = results.splice(0, truths.length);
    const others = OTHER_RULES.map(({ name: rule }, at) => ({ rule, tallies: columns(those, at) }));
    return {
      name,
      truths,
      cap,
      used: used[i] ?? cap,
      ours: { rule: 'isogate', tallies: own[i] ?? [] },
      ranks: toRow('isogate, by ranks alone', both[i] ?? []),
      others,
    };
  });
};

const studyWholeRuns = async (options: StudyOptions, run: RunTasks): Promise<Study['atLimits']> => {
  const truths = Array.from({ length: MANY }, () => LIMIT);
  const runs = scaled(RUNS.whole, options);
  const chunks = FAMILIES.flatMap((family) => Array.from({ length: chunksOf(family) }, () => family));
  const tasks = chunks.map((family, i): Task => {
    return { kind: 'whole-run', family, truths, cap: options.cap, runs, seed: options.seed + 500_000 + i };
  });
  const results = await run(tasks);
  const merged = (family: Family, rule: number): Tally =>
    mergeTallies(columns(results, rule).filter((_, i) => chunks[i] === family));
  return FAMILIES.map((family) => ({ family, tally: merged(family, 0), ranks: merged(family, 1) }));
};

const studyPower = async (options: StudyOptions, run: RunTasks): Promise<PowerPoint[]> => {
  const kinds = [
    { comparisons: 1, others: 'none' },
    { comparisons: MANY, others: 'unchanged' },
    { comparisons: MANY, others: 'the same' },
  ] as const;
  const points = kinds.flatMap((kind) =>
    EXCESS_POINTS.map((excess) => ({ ...kind, truth: LIMIT + excess / 100, cap: options.cap })),
  );
  const tasks = points.map(({ comparisons, others, truth, cap }, i): Task => {
    const rest = Array.from({ length: comparisons - 1 }, () => (others === 'unchanged' ? 1 : truth));
    const runs = scaled(RUNS.power[others], options);
    const seed = options.seed + 700_000 + i;
    return { kind: 'power', family: 'normal', truths: [truth, ...rest], cap, runs, seed };
  });
  const results = await run(tasks);
  return points.map((point, i) => {
    const [ours, fixed] = results[i] as [Tally, Tally];
    return { ...point, ours, fixed };
  });
};

export const runStudy = async (options: StudyOptions, run: RunTasks): Promise<Study> => ({
  tables: await studyTables(options, run),
  atLimits: await studyWholeRuns(options, run),
  power: await studyPower(options, run),
  early: await studyEarly(options, run),
});
