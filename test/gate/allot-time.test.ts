import { expect, it } from 'vitest';
import { allotTime } from '../../src/gate/allot-time.ts';

const open = (name: string, leastMs: number, undecided = 1, isPlain = false) => ({ name, leastMs, undecided, isPlain });

it('what is decided soonest comes first, and each has at least what it needs', () => {
  expect(allotTime([open('slow', 40_000), open('fast', 5_000)], 60_000)).toEqual({
    name: 'fast',
    // Half of the 15 s that nobody needs.
    timeMs: 12_500,
    maxTimeMs: 20_000,
  });
  expect(allotTime([open('slow', 40_000)], 54_000)).toEqual({ name: 'slow', timeMs: 54_000, maxTimeMs: 54_000 });
});

it('what is left over is shared by what is undecided', () => {
  expect(allotTime([open('one', 10_000, 1), open('four', 20_000, 4)], 80_000)).toEqual({
    name: 'one',
    timeMs: 20_000,
    maxTimeMs: 60_000,
  });
});

it('what is plain comes before what is near its limit, which then has the time that it leaves', () => {
  const plain = open('plain', 30_000, 1, true);
  expect(allotTime([open('near', 5_000), plain], 60_000)).toEqual({
    name: 'plain',
    timeMs: 42_500,
    maxTimeMs: 55_000,
  });
  // It does not take the place of what can be decided.
  expect(allotTime([open('near', 5_000), plain], 20_000)?.name).toBe('near');
});

it('a function on which nothing is decided waits, and then has the rest', () => {
  expect(allotTime([open('idle', 1_000, 0), open('slow', 40_000)], 50_000)?.name).toBe('slow');
  expect(allotTime([open('idle', 1_000, 0), open('slow', 90_000)], 50_000)).toEqual({
    name: 'idle',
    timeMs: 50_000,
    maxTimeMs: 50_000,
  });
  expect(allotTime([open('idle', 1_000, 0), open('other', 3_000, 0)], 10_000)).toEqual({
    name: 'idle',
    timeMs: 4_000,
    maxTimeMs: 7_000,
  });
});

it('what does not fit takes nothing from what does', () => {
  expect(allotTime([open('slow', 90_000), open('fast', 5_000)], 60_000)).toEqual({
    name: 'fast',
    timeMs: 60_000,
    maxTimeMs: 60_000,
  });
  expect(allotTime([open('slow', 90_000)], 60_000)).toBeNull();
  expect(allotTime([], 60_000)).toBeNull();
});
