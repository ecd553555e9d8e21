import { median } from 'simple-statistics';
import { OTHER_RULES } from '../accuracy/other-rules.ts';
import { seededRandom } from '../accuracy/random.ts';
import type { Outcome } from '../accuracy/ruling.ts';
import type { LiveComparison, LiveRun } from './run-record.ts';

/** Of the runs of one case; a run fails with any of its comparisons, and passes with all. */
export type RuleCounts = Record<Outcome, number>;

/** Below this most of them have nothing to compute. */
const FEWEST_BLOCKS = 3;

/** Rules of others know factors only: what a limit in milliseconds allows over the control's median. */
export const limitFactor = ({ scale, limit, control }: LiveComparison): number =>
  scale === 'ratio' ? limit : 1 + limit / median(control);

const runOutcome = (outcomes: Outcome[]): Outcome => {
  if (outcomes.includes('fail')) return 'fail';
  return outcomes.every((outcome) => outcome === 'pass') ? 'pass' : 'inconclusive';
};

/** Applies the rules of other tools, by name, to the blocks that our rule had. Runs that lack blocks in a comparison are left out. */
export const ruleOnLive = (runs: LiveRun[]): Map<string, RuleCounts> => {
  const usable = runs.filter(
    ({ comparisons }) => comparisons.length > 0 && comparisons.every(({ control }) => control.length >= FEWEST_BLOCKS),
  );
  return new Map(
    OTHER_RULES.map(({ name, decide }) => {
      const counts: RuleCounts = { fail: 0, pass: 0, inconclusive: 0 };
      for (const { seed, comparisons } of usable) {
        const random = seededRandom(seed);
        counts[runOutcome(comparisons.map((one) => decide(one, limitFactor(one), random).outcome))] += 1;
      }
      return [name, counts];
    }),
  );
};
