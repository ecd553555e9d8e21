import { center, Sample } from 'pragmastat';
import type { CheckedPair, CheckInput, Finding } from './finding.ts';

/** `CPU pressure in 5, thermal throttling in 2`, the most frequent first. */
const countCauses = (pairs: CheckedPair[]): string => {
  const counts = new Map<string, number>();
  for (const name of pairs.flatMap((pair) => [...new Set(pair.disturbedBy)]))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} in ${count}`)
    .join(', ');
};

/**
 * No block is left out because the host was busy: both arms of a block suffer. But where the outcome rests on the
 * disturbed blocks, so that the estimate of the others (Hodges–Lehmann) is on the other side of the limit, it is held back.
 * Where most blocks are disturbed there is nothing left to compare with, and the finding only says so.
 */
export const checkDisturbed = ({ pairs, outcome, limit }: CheckInput): Finding | null => {
  const disturbed = pairs.filter((pair) => pair.disturbed);
  if (disturbed.length === 0) return null;
  const causes = countCauses(disturbed);
  const what = `the host was disturbed in ${disturbed.length} of ${pairs.length} blocks${causes === '' ? '' : ` (${causes})`}`;
  const finding = { code: 'disturbed-host', message: what, widening: 0, hold: null } as const;
  if (disturbed.length > pairs.length / 2) return finding;
  const rest = center(Sample.of(pairs.filter((pair) => !pair.disturbed).map((pair) => pair.value))).value;
  const turns = outcome === 'fail' ? rest < limit : outcome === 'pass' && rest > limit;
  return turns
    ? { ...finding, hold: `${what}, and without them the estimate is on the other side of the limit` }
    : null;
};
