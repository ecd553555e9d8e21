import { formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import type { Strip } from './document.ts';
import { againstWords } from './words.ts';

/** One strip a comparison that has an interval, in the verdict's order. */
export function buildStrips(verdict: VerdictDocument): Strip[] {
  return verdict.comparisons.flatMap((one) => {
    const { estimate, lower, upper, limit, unit } = one;
    if (estimate === null || (lower === null && upper === null)) return [];
    const change = one.kind === 'budget' ? '' : ` against ${againstWords(one)}`;
    return {
      label: `${one.function} · ${one.isolation} · ${METRIC_NAMES[one.metric]}${change}${one.emulated ? ' (emulated)' : ''}`,
      verdict: one.verdict,
      gated: one.gated,
      neutral: one.scale === 'ratio' ? 1 : 0,
      estimate,
      lower,
      upper,
      limit,
      caption: `${formatEstimate(one)}, limit ${formatLimit(limit, unit)}`,
    };
  });
}
