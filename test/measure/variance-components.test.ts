import { expect, it } from 'vitest';
import { chooseInvocations, varianceComponents } from '../../src/measure/variance-components.ts';

it('is the optimum of Kalibera and Jones', () => {
  // sqrt(100/1 × 4/1) = 20
  expect(chooseInvocations({ within: 4, between: 1 }, { message: 1, block: 100 }, 30)).toBe(20);
  // sqrt(50/2 × 3/2) = 6.12
  expect(chooseInvocations({ within: 3, between: 2 }, { message: 2, block: 50 }, 30)).toBe(7);
  expect(chooseInvocations({ within: 4, between: 1 }, { message: 1, block: 100 }, 15)).toBe(15);
  expect(chooseInvocations({ within: 0, between: 1 }, { message: 1, block: 100 }, 15)).toBe(1);
});

it('is as many as allowed where instances do not differ', () => {
  expect(chooseInvocations({ within: 4, between: 0 }, { message: 1, block: 100 }, 30)).toBe(30);
  expect(chooseInvocations({ within: 4, between: -0.5 }, { message: 1, block: 100 }, 30)).toBe(30);
});

it('variance components are those of log ratios', () => {
  const at = (log: number, ...spread: number[]): number[] => spread.map((value) => Math.exp(log + value));
  // Within: variances 1 and 4 of each side; means differ by 0 and 4: S₂² = 8, less (1 + 4) / 3.
  const components = varianceComponents([
    { control: at(0, -1, 0, 1), treatment: at(0, -2, 0, 2) },
    { control: at(1, -1, 0, 1), treatment: at(5, -2, 0, 2) },
  ]);
  expect(components?.within).toBeCloseTo(5, 10);
  expect(components?.between).toBeCloseTo(8 - 5 / 3, 10);
});

it('one round, or one value, shows none', () => {
  expect(varianceComponents([{ control: [1, 2], treatment: [1, 2] }])).toBeNull();
  expect(
    varianceComponents([
      { control: [1], treatment: [1, 2] },
      { control: [1, 2], treatment: [1, 2] },
    ]),
  ).toBeNull();
});
