import { describe, expect, test } from 'vitest';
import { decideOverLooks, type Finding, type LookAlpha } from '../../src/verdict/decide-over-looks.ts';

const PLAN = {
  schedule: [10, 20, 40],
  alpha: { fail: 0.01, pass: 0.05 },
  spend: (alpha: number, t: number) => alpha * t,
};

const run = (
  available: number,
  final: boolean,
  outcomes: Record<number, Finding<null>['outcome']> = {},
  usable = true,
) => {
  const seen: [number, LookAlpha][] = [];
  const decision = decideOverLooks(PLAN, available, final, (n, alpha) => {
    seen.push([n, { fail: Number(alpha.fail.toFixed(6)), pass: Number(alpha.pass.toFixed(6)) }]);
    return { outcome: outcomes[n] ?? 'open', usable: { fail: usable, pass: usable }, detail: null };
  });
  return { decision, seen };
};

describe('alpha over looks', () => {
  test('each look gets what was spent since the one before; all of it together is alpha', () => {
    expect(run(40, true).seen).toEqual([
      [10, { fail: 0.0025, pass: 0.0125 }],
      [20, { fail: 0.0025, pass: 0.0125 }],
      [40, { fail: 0.005, pass: 0.025 }],
    ]);
  });

  test('a run that ends early spends the rest at its last block, also where a look falls on it', () => {
    expect(run(25, true).seen.at(-1)).toEqual([25, { fail: 0.005, pass: 0.025 }]);
    expect(run(20, true).seen).toEqual([
      [10, { fail: 0.0025, pass: 0.0125 }],
      [20, { fail: 0.0075, pass: 0.0375 }],
    ]);
    expect(run(4, true).seen).toEqual([[4, { fail: 0.01, pass: 0.05 }]]);
  });

  test('while the run goes on only the looks that are due count', () => {
    expect(run(25, false).seen.map(([n]) => n)).toEqual([10, 20]);
    expect(run(9, false)).toEqual({ decision: null, seen: [] });
    expect(run(0, true).decision).toBeNull();
  });

  test('a look that could decide nothing spends nothing', () => {
    expect(run(20, false, {}, false).seen.at(-1)).toEqual([20, { fail: 0.005, pass: 0.025 }]);
  });
});

test('what a look decided stays decided, whatever later blocks would say', () => {
  const outcomes = { 10: 'open', 20: 'fail', 40: 'pass' } as const;
  expect(run(40, true, outcomes).decision).toEqual({ outcome: 'fail', n: 20, detail: null });
  expect(run(25, false, outcomes).decision).toEqual({ outcome: 'fail', n: 20, detail: null });
});

test('blocks beyond the cap are not looked at', () => {
  expect(run(55, true).seen.map(([n]) => n)).toEqual([10, 20, 40]);
});
