import { expect, it } from 'vitest';
import { allotTime } from '../../src/gate/allot-time.ts';

const open = (name: string, leastMs: number, undecided = 1) => ({ name, leastMs, undecided });

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

it('what does not fit takes nothing from what does', () => {
  expect(allotTime([open('slow', 90_000), open('fast', 5_000)], 60_000)).toEqual({
    name: 'fast',
    timeMs: 60_000,
    maxTimeMs: 60_000,
  });
  expect(allotTime([open('slow', 90_000)], 60_000)).toBeNull();
  expect(allotTime([], 60_000)).toBeNull();
});
