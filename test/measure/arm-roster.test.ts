import { describe, expect, it } from 'vitest';
import { createRoster } from '../../src/measure/arm-roster.ts';
import type { ArmPlan } from '../../src/measure/function-measurement.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { isolationOf } from '../support/null-bench.ts';

const arm = (type: IsolationType, role: ArmPlan['arm'], orientation = false): ArmPlan => ({
  ...{ isolation: isolationOf(type), arm: role, revision: 'head', emulated: orientation, orientation },
});
const CONTROL = arm('native', 'control');
const TWIN = arm('native', 'twin');
const RUNC = arm('runc', 'treatment');
const SLOW = arm('gvisor', 'treatment');
const PLAN = { slow: null, unfitMs: {} };
const JOB = { arms: [CONTROL, TWIN, RUNC, SLOW], seed: 1, attempt: 1, function: 'f' };
const names = (arms: ArmPlan[]): string =>
  arms.map(({ isolation, arm: role }) => (role === 'twin' ? 'twin' : isolation.config.name)).join(' ');

it('a slow arm waits until the others are done', () => {
  const roster = createRoster(JOB, { ...PLAN, slow: { isolation: 'gvisor', stride: 3 } });
  const held = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => names(roster.armsOf(from + index)).includes('gvisor'));
  expect(held(0, 7)).toEqual([true, false, false, true, false, false, true]);
  expect([CONTROL, RUNC, SLOW].map(roster.shareOf)).toEqual([1, 1, 1 / 3]);
  expect(names(roster.withoutSlow(roster.armsOf(6)) ?? [])).toBe('native twin runc');
  roster.drop(new Set(['runc']));
  expect(held(7, 10)).toEqual([true, true, true]);
  expect([CONTROL, RUNC, SLOW].map(roster.shareOf)).toEqual([1, 0, 1]);
  expect(roster.withoutSlow(roster.armsOf(10))).toBeNull();
});

it('what is dropped stays so; the control alone goes on until it is dropped as well', () => {
  const roster = createRoster(JOB, PLAN);
  roster.drop(new Set(['runc']));
  roster.drop(new Set(['gvisor']));
  expect(names(roster.armsOf(3))).toBe('native twin');
  roster.drop(new Set(['native']));
  expect(roster.armsOf(4)).toEqual([]);
  expect(roster.hasControl()).toBe(true);
});

it('the control goes on with treatments even where it needs no blocks itself', () => {
  const roster = createRoster(JOB, PLAN);
  roster.drop(new Set(['native', 'runc']));
  expect(names(roster.armsOf(1))).toBe('native twin gvisor');
});

it('without a control there is nothing', () => {
  const roster = createRoster(JOB, PLAN);
  for (const _ of [0, 1]) roster.ended(CONTROL, false);
  expect(roster.armsOf(2)).toEqual([]);
  expect(roster.hasControl()).toBe(false);
});

it('an arm that worked once is not given up, one that never did is', () => {
  const roster = createRoster(JOB, PLAN);
  for (const isOk of [true, false, false, false]) roster.ended(RUNC, isOk);
  for (const isOk of [false, false, true]) roster.ended(SLOW, isOk);
  expect(names(roster.armsOf(4))).toBe('native twin runc gvisor');
  const other = createRoster(JOB, PLAN);
  for (const _ of [0, 1]) other.ended(SLOW, false);
  expect(names(other.armsOf(2))).toBe('native twin runc');
});

it('orders are balanced within each set of arms, though blocks of another come between', () => {
  const roster = createRoster(JOB, { ...PLAN, slow: { isolation: 'gvisor', stride: 2 } });
  const orders = Array.from({ length: 24 }, (_, n) => roster.inOrder(roster.armsOf(n)));
  for (const [length, count] of [
    [4, 12],
    [3, 12],
  ] as const) {
    const own = orders.filter((order) => order.length === length);
    expect(own).toHaveLength(count);
    for (let position = 0; position < length; position++)
      expect(own.filter((order) => order[position] === TWIN)).toHaveLength(count / length);
  }
});

it('orders follow seed and attempt', () => {
  const ordersOf = (seed: number, attempt: number): string[] => {
    const roster = createRoster({ ...JOB, seed, attempt }, PLAN);
    return Array.from({ length: 12 }, (_, n) => names(roster.inOrder(roster.armsOf(n))));
  };
  expect(ordersOf(1, 1)).toEqual(ordersOf(1, 1));
  expect(ordersOf(1, 2)).not.toEqual(ordersOf(1, 1));
  expect(ordersOf(2, 1)).not.toEqual(ordersOf(1, 1));
});

describe('with a base beside the head', () => {
  const base = (plan: ArmPlan): ArmPlan => ({ ...plan, revision: 'base' });
  const BASE_CONTROL = base(CONTROL);
  const [RUNC_BASE, SLOW_BASE] = [base(RUNC), base(SLOW)];
  const both = { ...JOB, arms: [CONTROL, TWIN, BASE_CONTROL, RUNC, RUNC_BASE, SLOW, SLOW_BASE] };
  const shown = (arms: ArmPlan[]): string =>
    arms.map((one) => `${names([one])}${one.revision === 'base' ? '′' : ''}`).join(' ');

  it('an isolation that is done leaves with both revisions, the base’s control with the last of them', () => {
    const roster = createRoster(both, PLAN);
    roster.drop(new Set(['native']));
    expect(shown(roster.armsOf(0))).toBe('native twin native′ runc runc′ gvisor gvisor′');
    roster.drop(new Set(['runc']));
    expect(shown(roster.armsOf(1))).toBe('native twin native′ gvisor gvisor′');
    roster.drop(new Set(['gvisor']));
    expect(roster.armsOf(2)).toEqual([]);
    expect(roster.hasControl()).toBe(true);
  });

  it('the control’s own growth needs both controls', () => {
    const roster = createRoster(both, PLAN);
    roster.drop(new Set(['runc', 'gvisor']));
    expect(shown(roster.armsOf(0))).toBe('native twin native′');
  });

  it('without its control no arm of the base says anything', () => {
    const roster = createRoster(both, PLAN);
    for (const _ of [0, 1]) roster.ended(BASE_CONTROL, false);
    expect(shown(roster.armsOf(2))).toBe('native twin runc gvisor');
    expect(roster.hasControl()).toBe(true);
  });

  it('an arm of the head that never worked takes its base with it', () => {
    const roster = createRoster(both, PLAN);
    for (const _ of [0, 1]) roster.ended(SLOW, false);
    expect(shown(roster.armsOf(2))).toBe('native twin native′ runc runc′');
  });

  it('what is slow waits with both revisions', () => {
    const roster = createRoster(both, { ...PLAN, slow: { isolation: 'gvisor', stride: 2 } });
    expect(shown(roster.armsOf(1))).toBe('native twin native′ runc runc′');
    expect([SLOW, SLOW_BASE, RUNC_BASE, BASE_CONTROL].map(roster.shareOf)).toEqual([1 / 2, 1 / 2, 1, 1]);
  });

  it('every arm stands at each position equally often', () => {
    const roster = createRoster(both, PLAN);
    const orders = Array.from({ length: 14 }, (_, block) => roster.inOrder(roster.armsOf(block)));
    for (const position of both.arms.keys())
      for (const one of both.arms) expect(orders.filter((order) => order[position] === one)).toHaveLength(2);
  });
});

/** Orders of as many arms, by their indices. */
const take = (count: number, arms: number, seed: number, name: string): number[][] => {
  const job = { arms: Array.from({ length: arms }, () => arm('runc', 'treatment')), seed, attempt: 1, function: name };
  const roster = createRoster(job, PLAN);
  return Array.from({ length: count }, () => roster.inOrder(job.arms).map((one) => job.arms.indexOf(one)));
};

it.each([
  [2, 2],
  [3, 6],
  [4, 4],
  [5, 10],
  [7, 14],
])(
  '%i arms: each stands at each position, and behind each other one, equally often in every %i blocks',
  (arms, size) => {
    const orders = take(size * 20, arms, 1, 'fn');
    const everyArm = Array.from({ length: arms }, (_, arm) => arm);
    for (let square = 0; square < 20; square++) {
      const blocks = orders.slice(square * size, (square + 1) * size);
      for (const block of blocks) expect([...block].sort()).toEqual(everyArm);
      for (const one of everyArm) {
        for (const at of everyArm) expect(blocks.filter((order) => order[at] === one)).toHaveLength(size / arms);
        for (const other of everyArm.filter((any) => any !== one))
          expect(blocks.filter((order) => order[order.indexOf(one) + 1] === other)).toHaveLength(size / arms);
      }
    }
  },
);

it('does not always let the same arm follow another', () => {
  const followers = new Set(take(60, 3, 1, 'fn').map((order) => order[order.indexOf(0) + 1]));
  expect(followers).toEqual(new Set([1, 2, undefined]));
});

it('is repeated by its seed, and only by it', () => {
  expect(take(40, 5, 1, 'fn')).toEqual(take(40, 5, 1, 'fn'));
  expect(take(40, 5, 1, 'fn')).not.toEqual(take(40, 5, 2, 'fn'));
  expect(take(40, 5, 1, 'fn')).not.toEqual(take(40, 5, 1, 'other'));
});

it('an arm that decides nothing waits for blocks with controls of their own; one that does not fit gets none', () => {
  const emulated = arm('qemu-microvm', 'treatment', true);
  const idle = { ...arm('bubblewrap', 'treatment'), orientation: true };
  const arms = [...JOB.arms, emulated, idle];
  const roster = createRoster({ ...JOB, arms }, { ...PLAN, unfitMs: { gvisor: 700_000 } });
  expect(names(roster.armsOf(0))).toBe('native twin runc');
  expect(names(roster.orientationArms(true))).toBe('native twin qemu-microvm bubblewrap');
  expect(names(roster.orientationArms(false))).toBe('native twin bubblewrap');
  for (const _ of [0, 1]) roster.ended(idle, false);
  expect(roster.orientationArms(false)).toEqual([]);
});

it.each([2, 3, 4, 5, 6])('of %i arms each two are balanced after four blocks, and nearly so from then on', (count) => {
  const arms = [CONTROL, TWIN, RUNC, SLOW, arm('bubblewrap', 'treatment'), arm('docker', 'treatment')].slice(0, count);
  for (const seed of [1, 2, 3, 4, 5]) {
    const roster = createRoster({ ...JOB, arms, seed }, PLAN);
    const orders = Array.from({ length: 10 }, () => roster.inOrder(arms));
    for (const [blocks, least] of [
      [4, 2],
      [5, 2],
      [6, 2],
      [8, 3],
      [10, 4],
    ] as const)
      for (const one of arms)
        for (const other of arms.filter((any) => any !== one)) {
          const first = orders.slice(0, blocks).filter((order) => order.indexOf(one) < order.indexOf(other)).length;
          expect(first, `${blocks} blocks, seed ${seed}`).toBeGreaterThanOrEqual(least);
        }
  }
});
