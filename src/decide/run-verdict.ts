import type { Config } from '../model/config.ts';
import type { RunVerdict } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';

/** From the verdict that settles a whole run by itself to the one that needs every comparison. */
export const VERDICT_PRECEDENCE = ['fail', 'not-measured', 'inconclusive', 'pass'] as const satisfies RunVerdict[];

/** The first verdict in the order of precedence that any of them has; null of an empty list. */
export const findWorstVerdict = (verdicts: RunVerdict[]): RunVerdict | null =>
  VERDICT_PRECEDENCE.find((verdict) => verdicts.includes(verdict)) ?? null;

/** The verdict of a run from its gated comparisons: `not-measured`, never `pass`, where none is gated. */
export const judgeRun = (comparisons: Pick<ComparisonVerdict, 'gated' | 'verdict'>[]): RunVerdict =>
  findWorstVerdict(comparisons.filter(({ gated }) => gated).map(({ verdict }) => verdict)) ?? 'not-measured';

/** 0 pass, or inconclusive where `fail_on` does not list it · 1 fail · 2 inconclusive where it does · 3 not measured. */
export const chooseExitCode = (verdict: RunVerdict, failOn: Config['failOn']): 0 | 1 | 2 | 3 => {
  switch (verdict) {
    case 'pass':
      return 0;
    case 'fail':
      return 1;
    case 'inconclusive':
      return failOn.includes('inconclusive') ? 2 : 0;
    case 'not-measured':
      return 3;
  }
};
