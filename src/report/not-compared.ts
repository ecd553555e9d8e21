import type { ComparisonVerdict } from '../model/verdict.ts';

/** As far as it says what is the matter; the list of all comparisons has it whole. */
const shortened = (reason: string): string => reason.split(/: |; |, so /, 1)[0] ?? reason;

/**
 * `3 regression limits were not compared: no baseline yet`: a pass says nothing about them, so it must not look as if it
 * did. Null where every regression limit was compared.
 */
export function tellNotCompared(comparisons: ComparisonVerdict[]): string | null {
  const left = comparisons.filter((one) => one.kind !== 'budget' && !one.gated);
  if (left.length === 0) return null;
  const [first = 'see “All comparisons”', ...others] = new Set(
    left.map((one) => shortened(one.reason)).filter(Boolean),
  );
  const count = left.length === 1 ? '1 regression limit was' : `${left.length} regression limits were`;
  return `${count} not compared: ${first}${others.length > 0 ? ', and more reasons: see “All comparisons”' : ''}`;
}
