import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge } from '../../src/verdict/judge.ts';

test('the lower bound above the limit fails, the upper below it passes, anything else is open', () => {
  expect(judge({ lower: 1.2, upper: 1.5 }, 1.1, 0)).toBe('fail');
  expect(judge({ lower: 0.9, upper: 1.0 }, 1.1, 0)).toBe('pass');
  expect(judge({ lower: 1.0, upper: 1.2 }, 1.1, 0)).toBe('open');
  expect(judge({ lower: null, upper: null }, 1.1, 0)).toBe('open');
});

test('exactly at the limit is neither: memory that uses its allowance to the byte', () => {
  expect(judge({ lower: 41943040, upper: 41943040 }, 41943040, 0)).toBe('open');
  expect(judge({ lower: 0.1 + 0.2, upper: 0.1 + 0.2 }, 0.3, 0)).toBe('open');
});

test('a widened limit must be exceeded or kept by that much more', () => {
  expect(judge({ lower: 1.2, upper: 1.5 }, 1.1, 0.15)).toBe('open');
  expect(judge({ lower: 0.9, upper: 1.0 }, 1.1, 0.15)).toBe('open');
  expect(judge({ lower: 0.8, upper: 0.9 }, 1.1, 0.15)).toBe('pass');
});

test('a looser limit never turns a pass into a fail, nor opens it', () => {
  const rank = { fail: 0, open: 1, pass: 2 };
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: 0, max: 50 })),
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: 0, max: 50 }),
      ([lower, width], limit, looser) => {
        const interval = { lower, upper: lower + width };
        return rank[judge(interval, limit + looser, 0)] >= rank[judge(interval, limit, 0)];
      },
    ),
  );
});
