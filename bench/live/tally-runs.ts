import { mean, median } from 'simple-statistics';
import type { LiveCase } from './cases.ts';
import type { LiveComparison, LiveRun } from './run-record.ts';

export interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

/** What the runs of one case came to. */
export interface CaseTally {
  name: string;
  due: LiveCase['due'];
  aim: number | null;
  runs: number;
  /** Runs in which every comparison has the verdict that is due; 0 where none is. */
  found: number;
  /** Runs with a verdict that contradicts the truth: at the limit a fail, else the opposite of what is due. */
  wrong: number;
  notMeasured: number;
  /** The rest. */
  inconclusive: number;
  /** Of all runs together. */
  comparisons: { count: number; fail: number; pass: number; failAtZero: number };
  /** Means over comparisons and over runs. */
  blocks: number;
  seconds: number;
  /** Load average before: what else the machine did. */
  load: number;
  scale: 'ratio' | 'difference';
  estimate: Spread | null;
  /** The same for each treatment and metric of its own. */
  arms: { isolation: string; metric: string; estimate: Spread }[];
  /** Median over runs of what was truly injected, as measured on the control; null where nothing is. */
  realised: number | null;
}

type Kind = 'found' | 'wrong' | 'notMeasured' | 'inconclusive';

const kindOf = (due: LiveCase['due'], { comparisons }: LiveRun): Kind => {
  const verdicts = comparisons.map(({ verdict }) => verdict);
  const opposite = due === 'fail' ? 'pass' : 'fail';
  if (verdicts.includes(opposite)) return 'wrong';
  if (verdicts.length === 0 || verdicts.includes('not-measured')) return 'notMeasured';
  return due !== 'nothing' && verdicts.every((verdict) => verdict === due) ? 'found' : 'inconclusive';
};

/** On the scale of the comparison. */
const realisedOf = ({ realised: { latency, extraMs }, comparisons }: LiveRun): number | null => {
  if (latency !== null) return latency;
  const [first] = comparisons;
  if (extraMs === null || first === undefined || first.control.length === 0) return null;
  return first.scale === 'difference' ? extraMs : 1 + extraMs / median(first.control);
};

const isNumber = (value: number | null): value is number => value !== null;

const spreadOf = (comparisons: LiveComparison[]): Spread | null => {
  const estimates = comparisons.map(({ estimate }) => estimate).filter(isNumber);
  if (estimates.length === 0) return null;
  return { median: median(estimates), lowest: Math.min(...estimates), highest: Math.max(...estimates) };
};

const spreadsOf = (all: LiveComparison[]): CaseTally['arms'] => {
  const groups = new Map<string, LiveComparison[]>();
  for (const one of all) {
    const key = `${one.isolation} ${one.metric}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    const estimate = spreadOf(own);
    return first && estimate ? [{ isolation: first.isolation, metric: first.metric, estimate }] : [];
  });
};

/** Null where the case has no run. */
export const tallyRuns = ({ name, due, aim }: LiveCase, runs: LiveRun[]): CaseTally | null => {
  const all = runs.flatMap(({ comparisons }) => comparisons);
  if (runs.length === 0 || all.length === 0) return null;
  const kinds = runs.map((run) => kindOf(due, run));
  const count = (kind: Kind) => kinds.filter((other) => other === kind).length;
  const realised = runs.map(realisedOf).filter(isNumber);
  return {
    ...{ name, due, aim, runs: runs.length },
    ...{ found: count('found'), wrong: count('wrong') },
    ...{ notMeasured: count('notMeasured'), inconclusive: count('inconclusive') },
    comparisons: {
      count: all.length,
      fail: all.filter(({ verdict }) => verdict === 'fail').length,
      pass: all.filter(({ verdict }) => verdict === 'pass').length,
      failAtZero: all.filter(({ atZero }) => atZero === 'fail').length,
    },
    blocks: mean(all.map(({ blocks }) => blocks)),
    seconds: mean(runs.map(({ seconds }) => seconds)),
    load: mean(runs.map(({ loadBefore }) => loadBefore)),
    scale: all[0]?.scale ?? 'ratio',
    estimate: spreadOf(all),
    arms: spreadsOf(all),
    realised: realised.length === 0 ? null : median(realised),
  };
};
