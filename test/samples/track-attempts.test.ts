import { expect, it } from 'vitest';
import { trackAttempts } from '../../src/samples/track-attempts.ts';

const calibration = (blocks?: number, name = 'f') => ({ type: 'calibration', function: name, blocks }) as const;
const block = (number: number, name = 'f') => ({ type: 'block', function: name, block: number }) as const;
const instance = (number: number, name = 'f') => ({ type: 'instance', function: name, block: number }) as const;
const look = (...hopeless: string[]) => ({ type: 'look', function: 'f', hopeless }) as const;
const END = { type: 'end' } as const;

it('a file of one attempt and without a plan has none', () => {
  const attempts = trackAttempts();
  for (const record of [instance(0), instance(1), END]) attempts.add(record);
  expect(attempts.plans).toEqual(new Map());
  expect([attempts.nextBlock('f'), attempts.firstBlock('f'), attempts.nextBlock('g')]).toEqual([2, 2, 0]);
});

it('each attempt has its horizon, its end and what it gave up', () => {
  const attempts = trackAttempts();
  for (const record of [
    calibration(30),
    block(0),
    instance(0),
    look(),
    block(1),
    look('gvisor'),
    look('gvisor', 'runc'),
  ])
    attempts.add(record);
  expect(attempts.plans.get('f')).toEqual([{ horizon: 30, until: null, hopeless: ['gvisor', 'runc'] }]);
  expect(attempts.isEnded()).toBe(false);
  attempts.add(END);
  expect(attempts.isEnded()).toBe(true);
  // Nobody knows yet that there is another.
  expect(attempts.plans.get('f')?.[0]?.until).toBeNull();
  for (const record of [calibration(45), block(2), instance(2)]) attempts.add(record);
  expect(attempts.plans.get('f')).toEqual([
    { horizon: 30, until: 2, hopeless: ['gvisor', 'runc'] },
    { horizon: 45, until: null, hopeless: [] },
  ]);
  expect([attempts.firstBlock('f'), attempts.nextBlock('f')]).toEqual([2, 3]);
});

it('by function: one that a further attempt had nothing to do for keeps its plan', () => {
  const attempts = trackAttempts();
  for (const record of [calibration(30), block(0), calibration(20, 'g'), block(0, 'g'), END, calibration(45), END])
    attempts.add(record);
  expect(attempts.plans.get('g')).toEqual([{ horizon: 20, until: null, hopeless: [] }]);
  expect(attempts.plans.get('f')).toHaveLength(2);
});

it('an attempt without a calibration has no horizon', () => {
  const attempts = trackAttempts();
  for (const record of [instance(0), instance(1), END, instance(5)]) attempts.add(record);
  expect(attempts.plans.get('f')).toEqual([
    { horizon: null, until: 2, hopeless: [] },
    { horizon: null, until: null, hopeless: [] },
  ]);
});

it('a calibration that names no blocks takes back nothing', () => {
  const attempts = trackAttempts();
  for (const record of [calibration(30), instance(0), calibration()]) attempts.add(record);
  expect(attempts.plans.get('f')).toEqual([{ horizon: 30, until: null, hopeless: [] }]);
});

it('a function that the time budget cut off before its first block has a plan that says so', () => {
  const attempts = trackAttempts();
  attempts.add({ type: 'cut-off', function: 'f', budget_ms: 60_000, needed_ms: 90_000 });
  expect(attempts.plans.get('f')).toEqual([
    { horizon: null, until: null, hopeless: [], cutOff: { budgetMs: 60_000, neededMs: 90_000 } },
  ]);
  // A further attempt that had time enough leaves nothing of it.
  for (const record of [END, calibration(20), block(0)]) attempts.add(record);
  expect(attempts.plans.get('f')?.[1]).toEqual({ horizon: 20, until: null, hopeless: [] });
});
