import { expect, test } from 'vitest';
import { comparablePhases, phaseDurations } from '../../src/samples/phase-durations.ts';

test('each phase lasts from the one before it, the first from the start', () => {
  const phases = { spawned: 2, created: 10, booted: 110, ready: 150, first_response: 182.5 };
  expect([...phaseDurations(phases)]).toEqual([
    ['spawned', 2],
    ['created', 8],
    ['booted', 100],
    ['ready', 40],
    ['first_response', 32.5],
  ]);
});

test('without a guest kernel, or in older samples, the next phase holds the time', () => {
  expect([...phaseDurations({ created: 10, booted: null, ready: 150, first_response: null })]).toEqual([
    ['created', 10],
    ['ready', 140],
  ]);
  expect([...phaseDurations({ created: null, booted: null, ready: null, first_response: null })]).toEqual([]);
});

test('phases are compared where they begin at the same event', () => {
  expect(comparablePhases(['created', 'ready'], ['created', 'ready'])).toEqual(['created', 'ready']);
  expect(comparablePhases(['created', 'ready'], ['spawned', 'created', 'ready'])).toEqual(['ready']);
  expect(
    comparablePhases(['created', 'booted', 'ready', 'first_response'], ['first_response', 'created', 'ready']),
  ).toEqual(['created', 'first_response']);
  expect(comparablePhases([], ['created'])).toEqual([]);
});
