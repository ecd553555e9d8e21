/** One gated comparison, as far as its comparison family needs to know it. Looks are numbered from 0. */
export interface Member {
  looks: number;
  /** One-sided level of each look, so that all together spend at most `alpha`; 0 where a look decides nothing. */
  levels: (alpha: number, outcome: 'fail' | 'pass') => number[];
  decides: (look: number, outcome: 'fail' | 'pass', level: number) => boolean;
  /** False where no look up to `last` can fail at `alpha` or less, so that it need not be asked again. */
  mayFail: (last: number, alpha: number) => boolean;
}

/** All members in turn. They may be made anew each time, because a run may have more of them than memory holds. */
export interface Members {
  readonly length: number;
  at(index: number): Member | undefined;
}

export interface MemberDecision {
  outcome: 'fail' | 'pass' | 'open';
  /** The look that decided, or the last one; −1 where there was none. */
  look: number;
  /** What all looks of the comparison together may spend, on each side. */
  alpha: { fail: number; pass: number };
}

/** The levels of the look that decided, or of the last one. */
export const levelsAt = (
  member: Pick<Member, 'levels'>,
  { look, alpha }: MemberDecision,
): { fail: number; pass: number } => {
  const levelOf = (side: 'fail' | 'pass'): number => member.levels(alpha[side], side)[look] ?? 0;
  return { fail: levelOf('fail'), pass: levelOf('pass') };
};

const firstLook = (member: Member, outcome: 'fail' | 'pass', alpha: number, last: number): number | null => {
  const levels = member.levels(alpha, outcome);
  for (let look = 0; look <= last; look += 1) {
    const level = levels[look] ?? 0;
    if (level > 0 && member.decides(look, outcome, level)) return look;
  }
  return null;
};

/**
 * Holm's procedure (1979) over sequential p-values: a comparison fails at the first look that rejects at
 * alpha ÷ (comparisons not yet failed), a level that grows with each fail, for looks that lie behind as well. A sequential
 * p-value is the smallest alpha at which any look so far rejects (Liu and Anderson 2008), so all looks together, at any
 * time, call a false fail with a chance of at most `alpha.fail`, whatever the comparisons have in common. A pass needs its
 * own level only, as a run passes only where every comparison does (intersection–union). The first that is decided stays.
 */
export const decideFamily = (
  members: Members,
  familySize: number,
  alpha: { fail: number; pass: number },
): MemberDecision[] => {
  const passes: (number | null)[] = [];
  /** Of each comparison the look that passes, or else the last: at no later one can it fail. */
  const ends: number[] = [];
  const fails = new Map<number, { look: number; alpha: number }>();
  /** Those that may still fail, once others have. */
  const open = new Set<number>();
  const leftAlpha = (): number => alpha.fail / Math.max(1, familySize - fails.size);
  const find = (index: number, level: number): number | null =>
    firstLook(members.at(index) as Member, 'fail', level, ends[index] as number);

  let level = leftAlpha();
  let found = new Map<number, number>();
  for (let index = 0; index < members.length; index += 1) {
    const member = members.at(index) as Member;
    const pass = firstLook(member, 'pass', alpha.pass, member.looks - 1);
    passes.push(pass);
    ends.push(pass ?? member.looks - 1);
    const look = find(index, level);
    if (look !== null) found.set(index, look);
    else if (member.mayFail(ends[index] as number, alpha.fail)) open.add(index);
  }
  while (found.size > 0) {
    for (const [index, look] of found) {
      fails.set(index, { look, alpha: level });
      open.delete(index);
    }
    level = leftAlpha();
    const next = [...open].flatMap((index) => {
      const look = find(index, level);
      return look === null ? [] : [[index, look] as const];
    });
    found = new Map(next);
  }
  return passes.map((pass, index) => {
    const fail = fails.get(index);
    const outcome = fail !== undefined ? 'fail' : pass !== null ? 'pass' : 'open';
    const look = fail?.look ?? (ends[index] as number);
    return { outcome, look, alpha: { fail: fail?.alpha ?? leftAlpha(), pass: alpha.pass } };
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
