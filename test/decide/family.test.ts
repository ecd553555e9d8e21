import { describe, expect, test } from 'vitest';
import { decideFamily, levelsAt, type Member, type MemberDecision } from '../../src/decide/comparison-family.ts';

/** Each look may use all of alpha; p-values a look are given. */
const member = (fail: number[], pass: number[] = fail.map(() => 1)): Member => ({
  looks: fail.length,
  levels: (alpha) => fail.map(() => alpha),
  decides: (look, outcome, level) => ((outcome === 'fail' ? fail : pass)[look] ?? 1) <= level,
  mayFail: () => true,
});
const ALPHA = { fail: 0.01, pass: 0.05 };
const outcomes = (members: Member[], familySize = members.length) =>
  decideFamily(members, familySize, ALPHA).map(({ outcome, look }) => `${outcome} ${look}`);

describe('Holm over sequential p-values', () => {
  // R: p.adjust(c(0.002, 0.004, 0.012), 'holm') = 0.006 0.008 0.012, so at 0.01 the first two.
  test('three comparisons at one look', () => {
    expect(outcomes([member([0.002]), member([0.004]), member([0.012])])).toEqual(['fail 0', 'fail 0', 'open 0']);
  });

  test('the smallest misses alpha ÷ m: none, though others would follow', () => {
    expect(outcomes([member([0.004]), member([0.004]), member([0.004])])).toEqual(['open 0', 'open 0', 'open 0']);
  });

  test('a fail at the last look raises the level of looks that lie behind', () => {
    const members = [member([1, 1, 0.001]), member([1, 0.008, 1])];
    const decisions = decideFamily(members, 2, ALPHA);
    expect(decisions.map(({ outcome, look }) => [outcome, look])).toEqual([
      ['fail', 2],
      ['fail', 1],
    ]);
    expect(members.map((one, index) => levelsAt(one, decisions[index] as MemberDecision).fail)).toEqual([0.005, 0.01]);
  });

  test('what cannot fail at all of alpha is not asked again when others have failed', () => {
    const asked: string[] = [];
    const far = member([0.5]);
    const counted: Member = {
      ...far,
      mayFail: () => false,
      decides: (...given) => {
        asked.push(given[1]);
        return far.decides(...given);
      },
    };
    expect(outcomes([member([0.001]), counted])).toEqual(['fail 0', 'open 0']);
    expect(asked).toEqual(['pass', 'fail']);
  });

  test('declared comparisons that are not here count in the family', () => {
    expect(outcomes([member([0.004])], 2)).toEqual(['fail 0']);
    expect(outcomes([member([0.006])], 2)).toEqual(['open 0']);
  });
});

describe('passes', () => {
  test('need their own level only', () => {
    expect(outcomes([member([1, 1], [0.06, 0.04]), member([1], [0.05])])).toEqual(['pass 1', 'pass 0']);
  });

  test('what passed at a look does not fail at a later one', () => {
    expect(outcomes([member([1, 0.001], [0.01, 1])])).toEqual(['pass 0']);
  });

  test('no looks, nothing decided', () => {
    const [decision] = decideFamily([member([])], 1, ALPHA);
    expect(decision).toMatchObject({ outcome: 'open', look: -1 });
    expect(levelsAt(member([]), decision as MemberDecision)).toEqual({ fail: 0, pass: 0 });
  });
});
