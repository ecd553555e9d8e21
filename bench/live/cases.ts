/**
 * What bench:live measures. Control and treatments are of one type, so that the truth is known; only in the cases of
 * threads they are not, as a function that does nothing but compute costs the same in each of them.
 */

import type { IsolationType } from '../../src/model/isolation-types.ts';

export type LiveFunction = 'arithmetic' | 'digest' | 'json' | 'threads';
export type LiveMetric = 'latency' | 'cold_start';

/** What the treatment does more than the control. */
export type Injection =
  | { kind: 'none' }
  /** Of `event.work`, in every invocation. */
  | { kind: 'work'; factor: number }
  /** In the first invocation of an instance: milliseconds, or a share of the control's cold start. */
  | { kind: 'cold'; ms: number }
  | { kind: 'cold-share'; share: number };

export interface LiveCase {
  name: string;
  type: IsolationType;
  functions: LiveFunction[];
  /** Names of the treatments. */
  arms: string[];
  /** Of treatments that are of another type than the control. */
  types?: Record<string, IsolationType>;
  /** Whether two endless loops run beside it. */
  loaded: boolean;
  /** Whether it is measured where no case is asked for. */
  study: boolean;
  limits: Partial<Record<LiveMetric, string>>;
  injection: Injection;
  /** What a right verdict is; `nothing` where the truth lies at the limit: a fail is a false alarm there. */
  due: 'fail' | 'pass' | 'nothing';
  /** Where the issue asks for it: least share of runs in which what is due is found. */
  aim: number | null;
  /** Sampling time of a function, as in isogate.yml, and what else its `measure` says. */
  time: string;
  measure: Record<string, number>;
}

const TYPES = ['native', 'bubblewrap', 'runc', 'gvisor'] as const;
const INJECTED_TIME = '120s';
/** All cases of the study once take about ten minutes. */
const STUDY_TIME = '30s';
const SAME_TIME = '60s';

/** Three functions, two arms and two metrics are twelve comparisons. Ten runs of sixty seconds a function take half an hour. */
const sameCase = (type: IsolationType): LiveCase => ({
  ...{ name: `aa-${type}`, type, functions: ['arithmetic', 'digest', 'json'], arms: ['twin-a', 'twin-b'] },
  limits: { latency: '1.00x', cold_start: '1.00x' },
  injection: { kind: 'none' },
  ...{ due: 'nothing', aim: null, time: SAME_TIME, measure: {}, loaded: false, study: false },
});

const suffixOf = (loaded: boolean): string => (loaded ? '-loaded' : '');

/** Four comparisons in a time in which also slow isolations have enough blocks for a verdict. */
const oneSameCase = (type: IsolationType, loaded: boolean): LiveCase => ({
  ...sameCase(type),
  ...{ name: `same-${type}${suffixOf(loaded)}`, functions: ['digest'], time: STUDY_TIME, loaded, study: true },
});

/** Few calls, as each takes 0.05 s, and thrice that beside the loops. */
const THREADS_MEASURE = { invocations: 3, warmup: 1, max_blocks: 20 };
const THREADS_TIME = '90s';

/** Four threads compute in one CPU: whoever gets a smaller share of it on a busy machine is slower. */
const threadsCase = (loaded: boolean): LiveCase => ({
  ...{ name: `threads${suffixOf(loaded)}`, type: 'native', functions: ['threads'], arms: ['bubblewrap', 'runc'] },
  types: { bubblewrap: 'bubblewrap', runc: 'runc' },
  ...{
    limits: { latency: '+10%' },
    injection: { kind: 'none' },
    due: 'pass',
    aim: null,
    time: THREADS_TIME,
    measure: THREADS_MEASURE,
  },
  ...{ loaded, study: true },
});

const slowCase = (
  one: Pick<LiveCase, 'name' | 'type' | 'limits' | 'injection' | 'due' | 'aim'> & Partial<LiveCase>,
): LiveCase => ({
  ...{ functions: ['arithmetic'], arms: ['slower'], time: INJECTED_TIME, measure: {}, loaded: false, study: false },
  ...one,
});

const latencyCase = (type: IsolationType, percent: number): LiveCase =>
  slowCase({
    ...{ name: `latency-${percent}-${type}`, type, limits: { latency: '+2.5%' } },
    injection: { kind: 'work', factor: 1 + percent / 100 },
    due: percent > 2.5 ? 'fail' : 'pass',
    aim: percent === 10 && type === 'native' ? 0.9 : null,
    study: percent === 10,
  });

const loadedLatencyCase = (type: IsolationType): LiveCase => ({
  ...latencyCase(type, 10),
  ...{ name: `latency-10-${type}-loaded`, time: STUDY_TIME, aim: null, loaded: true },
});

/** Few warm invocations: who limits cold starts alone wants blocks. */
const COLD_MEASURE = { invocations: 3, warmup: 1, max_blocks: 400 };

const coldCase = (type: IsolationType, name: string, limit: string, injection: Injection): LiveCase =>
  slowCase({
    ...{ name: `cold-${name}-${type}`, type, limits: { cold_start: limit }, injection },
    ...{ due: 'fail', aim: 0.9, measure: COLD_MEASURE },
  });

export const LIVE_CASES: LiveCase[] = [
  ...TYPES.map(sameCase),
  ...TYPES.flatMap((type) => [0, 3, 5, 10].map((percent) => latencyCase(type, percent))),
  coldCase('bubblewrap', '1ms', '+0ms', { kind: 'cold', ms: 1 }),
  coldCase('runc', '10', '+2.5%', { kind: 'cold-share', share: 0.1 }),
  coldCase('gvisor', '10', '+2.5%', { kind: 'cold-share', share: 0.1 }),
  threadsCase(true),
  threadsCase(false),
  ...[false, true].flatMap((loaded) => TYPES.map((type) => oneSameCase(type, loaded))),
  ...TYPES.map(loadedLatencyCase),
];

/**
 * Cases by name or by how names begin (`aa`, `latency-10`); those of the study where nothing is asked for.
 * @throws Error naming what is accepted
 */
export const selectCases = (wanted: string[], cases = LIVE_CASES): LiveCase[] => {
  const isMeant = (name: string, word: string) => name === word || name.startsWith(`${word}-`);
  const unknown = wanted.find((word) => word !== 'all' && !cases.some(({ name }) => isMeant(name, word)));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: no such case; accepted: all, ${cases.map(({ name }) => name).join(', ')}`);
  return cases.filter(({ name, study }) =>
    wanted.length === 0 ? study : wanted.some((word) => word === 'all' || isMeant(name, word)),
  );
};
