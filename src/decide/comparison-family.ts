/** One gated comparison, as far as its comparison family needs to know it. Looks are numbered from 0. */
export interface Member {
  looks: number;
  /** One-sided level of each look, so that all together spend at most `alpha`; 0 where a look decides nothing. */
  levels: (alpha: number, outcome: 'fail' | 'pass') => number[];
  decides: (look: number, outcome: 'fail' | 'pass', level: number) => boolean;
}

export interface MemberDecision {
  outcome: 'fail' | 'pass' | 'open';
  /** The look that decided, or the last one; −1 where there was none. */
  look: number;
  /** The levels of that look. */
  level: { fail: number; pass: number };
}

const firstLook = (member: Member, outcome: 'fail' | 'pass', alpha: number, last: number): number | null => {
  const levels = member.levels(alpha, outcome);
  for (let look = 0; look <= last; look += 1) {
    const level = levels[look] ?? 0;
    if (level > 0 && member.decides(look, outcome, level)) return look;
  }
  return null;
};

/** The open comparisons that are proven to fail at this alpha, each with its first look that proves it. */
const findFails = (members: Member[], ends: number[], open: Set<number>, alpha: number): Map<number, number> =>
  new Map(
    [...open].flatMap((index) => {
      const look = firstLook(members[index] as Member, 'fail', alpha, ends[index] as number);
      return look === null ? [] : [[index, look] as const];
    }),
  );

/**
 * Holm's procedure (1979) over sequential p-values: a comparison fails at the first look that rejects at
 * alpha ÷ (comparisons not yet failed), a level that grows with each fail, for looks that lie behind as well. A sequential
 * p-value is the smallest alpha at which any look so far rejects (Liu and Anderson 2008), so all looks together, at any
 * time, call a false fail with a chance of at most `alpha.fail`, whatever the comparisons have in common. A pass needs its
 * own level only, as a run passes only where every comparison does (intersection–union). The first that is decided stays.
 */
export const decideFamily = (
  members: Member[],
  familySize: number,
  alpha: { fail: number; pass: number },
): MemberDecision[] => {
  const passes = members.map((member) => firstLook(member, 'pass', alpha.pass, member.looks - 1));
  const ends = members.map((member, index) => passes[index] ?? member.looks - 1);
  const fails = new Map<number, { look: number; alpha: number }>();
  const open = new Set(members.keys());
  const leftAlpha = (): number => alpha.fail / Math.max(1, familySize - fails.size);
  for (;;) {
    const level = leftAlpha();
    const found = findFails(members, ends, open, level);
    for (const [index, look] of found) {
      fails.set(index, { look, alpha: level });
      open.delete(index);
    }
    if (found.size === 0) break;
  }
  return members.map((member, index) => {
    const fail = fails.get(index);
    const pass = passes[index] ?? null;
    const outcome = fail !== undefined ? 'fail' : pass !== null ? 'pass' : 'open';
    const look = fail?.look ?? pass ?? member.looks - 1;
    const levelAt = (total: number, side: 'fail' | 'pass'): number => member.levels(total, side)[look] ?? 0;
    const level = { fail: levelAt(fail?.alpha ?? leftAlpha(), 'fail'), pass: levelAt(alpha.pass, 'pass') };
    return { outcome, look, level };
  });
};

/** Levels that are tried, ascending: 1, 2 and 5 in each decade from 10⁻⁵ to 0.5. */
const GRID = [-5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));

/**
 * The sequential p-value of "at most the limit", rounded up to `GRID`: the smallest alpha at which any look so far rejects
 * (Liu and Anderson 2008). Valid whenever one looks and stops. Null where none up to 0.5 does, or there was no look.
 */
export const sequentialP = ({
  looks,
  levels,
  proves,
}: Pick<Member, 'looks' | 'levels'> & {
  /** Whether a look's test rejects at that level. */
  proves: (look: number, level: number) => boolean;
}): number | null => {
  const isProven = (alpha: number): boolean =>
    levels(alpha, 'fail').some((level, look) => look < looks && level > 0 && proves(look, level));
  let low = 0;
  let high = GRID.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isProven(GRID[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return GRID[low] ?? null;
};
