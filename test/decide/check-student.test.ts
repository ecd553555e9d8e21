import { describe, expect, test } from 'vitest';
import { checkStudent } from '../../src/decide/check-student.ts';
import { ratioInput } from './checked-pairs.ts';

/** All above 5 %, one of them so far that t has no say: ranks prove an excess at 2^-12. */
const ONE_FAR = [0.055, 0.056, 0.057, 0.055, 0.056, 0.057, 0.058, 0.055, 0.056, 0.057, 0.055, 0.9];
const EVEN = [0.055, 0.056, 0.057, 0.055, 0.056, 0.057, 0.058, 0.055, 0.056, 0.057, 0.055, 0.056];

describe("Student's t as a cross-check", () => {
  test('a fail that rests on ranks alone is reported with both numbers', () => {
    // Mean 0.1264, s 0.2436, t = 1.0866, df 11.
    expect(checkStudent(ratioInput(ONE_FAR, { outcome: 'fail', alpha: 0.001 }))).toEqual({
      code: 'student-disagrees',
      message:
        "ranks say fail, Student's t does not: mean 13.5 % against the limit 5.13 %, one-sided p 0.15 at the level 0.001",
      widening: 0,
      hold: null,
    });
  });

  test('a pass whose mean is above the limit', () => {
    const mirrored = ratioInput(
      ONE_FAR.map((v) => (v > 0.5 ? v : 0.1 - v)),
      { outcome: 'pass', alpha: 0.001 },
    );
    expect(checkStudent(mirrored)?.message).toContain('ranks say pass');
  });

  test('not where t agrees, nothing is decided, or p is within ten times the level', () => {
    expect(checkStudent(ratioInput(EVEN, { outcome: 'fail', alpha: 0.001 }))).toBeNull();
    expect(checkStudent(ratioInput(ONE_FAR, { outcome: 'open', alpha: 0.001 }))).toBeNull();
    expect(checkStudent(ratioInput(ONE_FAR, { outcome: 'fail', alpha: 0.02 }))).toBeNull();
    expect(checkStudent(ratioInput([0.06], { outcome: 'fail' }))).toBeNull();
  });
});
