/** The base revision beside the head, in the same blocks: growth is paired, and needs no stored number. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

/** The machine is up to 50 % slower from block to block; costs of head and base are these factors of 10 ms. */
const both = (count: number, factors: { head: number; base: number; headControl?: number }) => {
  const random = seeded(3);
  return Array.from({ length: count }, (_, block) => {
    const host = 10 * (1 + 0.5 * random());
    const cost = (factor: number) => ({ latency_ms: host * factor * Math.exp(0.005 * normal(random)) });
    const base = { revision: 'base' as const };
    return [
      instance(block, 'control', cost(factors.headControl ?? 1)),
      instance(block, 'treatment', cost(factors.head)),
      instance(block, 'control', cost(1), base),
      instance(block, 'treatment', cost(factors.base), base),
    ];
  }).flat() as InstanceRecord[];
};
const config = configOf({ budgets: { runc: { latency: '+50%' } }, regression: { latency: '+5%', control: '+5%' } });
const kinds = (records: InstanceRecord[]) =>
  decide(samplesOf(records), config).comparisons.map(({ metric, kind, verdict, gated }) => [
    metric,
    kind,
    verdict,
    gated,
  ]);

test('an overhead that grew by 10 % fails, with the reason', () => {
  const document = decide(samplesOf(both(30, { head: 1.1 * 1.2, base: 1.2 })), config);
  const [budget, growth, control] = document.comparisons;
  expect([budget?.verdict, growth?.verdict, control?.verdict]).toEqual(['pass', 'fail', 'pass']);
  expect(growth?.estimate).toBeCloseTo(1.1, 1);
  expect(growth?.attribution?.cause).toBe('treatment-slower');
});

test('an overhead that was so before passes: this change did not do it', () => {
  expect(kinds(both(30, { head: 1.2, base: 1.2 }))).toEqual([
    ['latency', 'budget', 'pass', true],
    ['latency', 'regression', 'pass', true],
    ['control', 'regression', 'pass', true],
  ]);
});

test('a control that got slower by as much is caught as such', () => {
  expect(kinds(both(30, { head: 1.2 * 1.1, base: 1.2, headControl: 1.1 }))).toEqual([
    ['latency', 'budget', 'pass', true],
    ['latency', 'regression', 'pass', true],
    ['control', 'regression', 'fail', true],
  ]);
});

test('a budget that is met only because the control got slower is named and held back', () => {
  const records = both(30, { head: 1.2, base: 1.2, headControl: 1.1 });
  const tight = configOf({ budgets: { runc: { latency: '+15%' } }, regression: {} });
  const { verdict, comparisons, warnings } = decide(samplesOf(records), tight);
  expect(verdict).toBe('not-measured');
  expect(comparisons[0]).toMatchObject({ verdict: 'not-measured', heldBy: 'budget-met-by-slower-control' });
  expect(warnings[0]).toEqual({
    code: 'budget-met-by-slower-control',
    message: expect.stringMatching(
      /^f: the control native costs more than on the base \(latency by \d+\.\d+%\), and only because of that runc meets its latency budget$/,
    ),
  });
});
