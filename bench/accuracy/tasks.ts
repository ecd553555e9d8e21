import { type EarlyTask, runEarly, runUnseen, type UnseenTask } from './early-tasks.ts';
import { FAMILIES, type Family, simulate, simulateArms } from './families.ts';
import { fixedSignedRankRun } from './fixed-signed-rank.ts';
import { OTHER_RULES } from './other-rules.ts';
import { decideClaims } from './our-rule.ts';
import { firstBlocks, logRatios, type PairedCosts, scaleTreatment } from './paired-costs.ts';
import { type Random, seededRandom } from './random.ts';
import type { Outcome, Ruling } from './ruling.ts';
import { addRuling, newTally, type Tally } from './tally.ts';
import { costsOf, factorTo, type PairedLog, windowOf } from './tuning-set.ts';

/** The budget of every comparison: +2.5 %. */
export const LIMIT = 1.025;
/** Truths in simulated data, as factors; the second is the limit itself. */
export const TRUTHS = [1, LIMIT, 1.05, 1.1];
/** How many arms share a control in a run of twelve comparisons: three functions with four isolations each. */
const ARMS_A_FUNCTION = 4;

export type Source = { kind: 'family'; family: Family } | { kind: 'pairs' };

/** Ours on all of `cap` blocks, or the others on the first `used` of the very same ones. */
interface TableTask {
  kind: 'table';
  source: Source;
  truth: number;
  rules: 'ours' | 'others';
  cap: number;
  used: number;
  runs: number;
  seed: number;
}

/** One run of several comparisons, each with its own truth. The run's own outcome is counted. */
interface RunTask {
  kind: 'whole-run';
  family: Family;
  truths: number[];
  cap: number;
  runs: number;
  seed: number;
}

/** As above, but the first comparison's outcome is counted: ours, and that of one fixed-size test. */
interface PowerTask extends Omit<RunTask, 'kind'> {
  kind: 'power';
}

export type Task = TableTask | RunTask | PowerTask | EarlyTask | UnseenTask;

/** With early looks, and without. */
const RULES_OF_OURS = [true, false];

const judgeOurs = (costs: PairedCosts, cap: number): Ruling[] =>
  RULES_OF_OURS.map(
    (isEarly) =>
      decideClaims([{ differences: logRatios(costs), limit: Math.log(LIMIT), costs }], cap, { isEarly })[0] as Ruling,
  );

const judgeAll = ({ rules, cap, used }: TableTask, costs: PairedCosts, random: Random): Ruling[] =>
  rules === 'ours'
    ? judgeOurs(costs, cap)
    : OTHER_RULES.map((rule) => rule.decide(firstBlocks(costs, used), LIMIT, random));

const ruleCount = ({ rules }: TableTask): number => (rules === 'ours' ? RULES_OF_OURS.length : OTHER_RULES.length);

const simulated = (task: TableTask, family: Family): Tally[] => {
  const tallies = Array.from({ length: ruleCount(task) }, () => newTally());
  // Resampling takes its numbers elsewhere, so that all rules see the same data whatever they draw.
  const data = seededRandom(task.seed);
  const draws = seededRandom(task.seed + 1);
  for (let run = 0; run < task.runs; run += 1) {
    const rulings = judgeAll(task, simulate(family, task.truth, task.cap, data), draws);
    for (const [index, ruling] of rulings.entries()) addRuling(tallies[index] as Tally, ruling);
  }
  return tallies;
};

/** Logs with that truth; at the limit all logs, each moved by its own centre. */
const logsFor = (logs: PairedLog[], truth: number, cap: number): PairedCosts[] =>
  logs
    .filter(({ pairs }) => pairs.length >= cap)
    .filter(({ injectedPercent }) => truth === LIMIT || Math.abs(1 + injectedPercent / 100 - truth) < 1e-9)
    .map(costsOf)
    .map((costs) => (truth === LIMIT ? scaleTreatment(costs, factorTo(logRatios(costs), LIMIT)) : costs));

const fromLogs = (task: TableTask, pairs: PairedLog[]): Tally[] => {
  const logs = logsFor(pairs, task.truth, task.cap);
  const tallies = Array.from({ length: ruleCount(task) }, () => newTally(logs.length));
  const data = seededRandom(task.seed);
  const draws = seededRandom(task.seed + 1);
  for (let run = 0; run < task.runs; run += 1) {
    const cluster = run % logs.length;
    const log = logs[cluster] as PairedCosts;
    const costs = windowOf(log, data.index(log.control.length - task.cap + 1), task.cap);
    for (const [index, ruling] of judgeAll(task, costs, draws).entries())
      addRuling(tallies[index] as Tally, ruling, cluster);
  }
  return tallies;
};

const simulateRun = ({ family, truths, cap }: RunTask | PowerTask, data: Random) => {
  const limit = Math.log(LIMIT);
  const differences: number[][] = [];
  for (let from = 0; from < truths.length; from += ARMS_A_FUNCTION)
    differences.push(...simulateArms(family, truths.slice(from, from + ARMS_A_FUNCTION), cap, data));
  return differences.map((one) => ({ differences: one, limit }));
};

const runOutcome = (rulings: Ruling[]): Outcome => {
  if (rulings.some(({ outcome }) => outcome === 'fail')) return 'fail';
  return rulings.every(({ outcome }) => outcome === 'pass') ? 'pass' : 'inconclusive';
};

const wholeRuns = (task: RunTask): Tally[] => {
  const tallies = RULES_OF_OURS.map(() => newTally());
  const data = seededRandom(task.seed);
  for (let run = 0; run < task.runs; run += 1) {
    const claims = simulateRun(task, data);
    for (const [index, isEarly] of RULES_OF_OURS.entries()) {
      const rulings = decideClaims(claims, task.cap, { isEarly });
      const blocks = rulings.reduce((sum, ruling) => sum + ruling.blocks, 0) / rulings.length;
      addRuling(tallies[index] as Tally, { outcome: runOutcome(rulings), blocks });
    }
  }
  return tallies;
};

const powerRuns = (task: PowerTask): Tally[] => {
  const [ours, fixed] = [newTally(), newTally()];
  const data = seededRandom(task.seed);
  for (let run = 0; run < task.runs; run += 1) {
    const claims = simulateRun(task, data);
    addRuling(ours, decideClaims(claims, task.cap)[0] as Ruling);
    const [outcome] = fixedSignedRankRun(claims, { fail: 0.01, pass: 0.05 });
    addRuling(fixed, { outcome: outcome as Outcome, blocks: task.cap });
  }
  return [ours, fixed];
};

/** A tally a rule: for a table ours (with early looks, and without) or `OTHER_RULES`, for power ours and the fixed-size test. */
export const runTask = (task: Task, pairs: PairedLog[], unseen: PairedLog[][]): Tally[] => {
  switch (task.kind) {
    case 'table':
      return task.source.kind === 'family' ? simulated(task, task.source.family) : fromLogs(task, pairs);
    case 'whole-run':
      return wholeRuns(task);
    case 'power':
      return powerRuns(task);
    case 'early':
      return runEarly(task);
    case 'unseen':
      return runUnseen(task, unseen);
  }
};

export const ALL_SOURCES: Source[] = FAMILIES.map((family) => ({ kind: 'family', family }));
