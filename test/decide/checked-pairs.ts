import type { CheckedPair, CheckInput } from '../../src/decide/finding.ts';

/** A budget of +5 % over a control of 10 ms; `treatment` is 10 ms · exp(value) unless costs are given. */
export const ratioInput = (
  values: number[],
  given: Partial<CheckInput> = {},
  pair: (index: number) => Partial<CheckedPair> = () => ({}),
): CheckInput => ({
  pairs: values.map((value, index) => ({
    block: index,
    value,
    control: 10,
    treatment: 10 * Math.exp(value),
    controlFirst: index % 2 === 0,
    disturbedBy: [],
    ...pair(index),
  })),
  allowance: 0.05,
  scale: 'ratio',
  unit: 'ms',
  arm: 'gvisor',
  control: 'native',
  outcome: 'open',
  limit: 0.05,
  alpha: 0.01,
  familySize: 1,
  ...given,
});

/** The same of costs in their own unit: `value` is the difference. */
export const costInput = (costs: [control: number, treatment: number][], given: Partial<CheckInput> = {}): CheckInput =>
  ratioInput(
    costs.map(([control, treatment]) => treatment - control),
    { scale: 'difference', ...given },
    (index) => ({ control: costs[index]?.[0] ?? 0, treatment: costs[index]?.[1] ?? 0 }),
  );
