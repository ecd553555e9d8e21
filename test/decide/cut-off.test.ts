/** What the time budget of a run left open is not measured, whatever it would be called otherwise. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { AttemptPlan, InstanceRecord, Samples } from '../../src/model/samples.ts';
import { blocks, configOf, samplesOf } from '../support/decide-samples.ts';

const config = configOf({ budgets: { runc: { latency: '+5%' } } });
const decided = (instances: InstanceRecord[], cutOff?: AttemptPlan['cutOff']) => {
  const plan = { horizon: 12, until: null, hopeless: [], ...(cutOff && { cutOff }) };
  const samples: Samples = { ...samplesOf(instances), plans: new Map([['f', [plan]]]) };
  const { verdict, comparisons, warnings } = decide(samples, config);
  return {
    verdict,
    one: comparisons.map(({ verdict: own, gated }) => [own, gated]),
    reason: comparisons[0]?.reason,
    warnings,
  };
};
const CUT = { budgetMs: 60_000, neededMs: 90_000 };
const TOLD = 'the run’s time budget of 60 s ended before this was decided; raise it by 90 s at least (time-budget)';

test('with blocks that decide nothing it is not inconclusive, and the warning names the function once', () => {
  const near = blocks(12, { factor: 1.05, sigma: 0.02 });
  expect(decided(near).one).toEqual([['inconclusive', true]]);
  const cut = decided(near, CUT);
  expect(cut.one).toEqual([['not-measured', true]]);
  expect(cut.verdict).toBe('not-measured');
  expect(cut.reason?.slice(0, TOLD.length)).toBe(TOLD);
  expect(cut.warnings.filter(({ code }) => code === 'time-budget')).toEqual([
    {
      code: 'time-budget',
      message:
        'the time budget of 60 s was too short to decide everything in f: what is open there is not measured; raise it by 90 s at least',
    },
  ]);
});

test('without a block it says the same', () => {
  expect(decided([], CUT)).toMatchObject({ verdict: 'not-measured', reason: TOLD });
});

test('what was decided before stays', () => {
  expect(decided(blocks(12), CUT).one).toEqual([['pass', true]]);
  expect(decided(blocks(12, { factor: 2 }), CUT).one).toEqual([['fail', true]]);
});
