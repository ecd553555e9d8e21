import type { VerdictDocument } from '../model/verdict.ts';

/** Of what a pull request does to the rules, not to the numbers. */
const OF_RULES = /^(config-new|config-changed|waiver|waivers-malformed)/;

/** Whether a change has something to say: it is not a clean pass, its growth is proven either way, or it touches the rules. */
export const isChange = ({ verdict, comparisons, warnings }: VerdictDocument): boolean =>
  verdict !== 'pass' ||
  warnings.some(({ code }) => OF_RULES.test(code)) ||
  comparisons.some(({ kind, scale, lower, upper, onBase, verdict: own }) => {
    if (onBase?.isInherited || own === 'fail') return true;
    const neutral = scale === 'ratio' ? 1 : 0;
    return kind === 'regression' && ((lower !== null && lower > neutral) || (upper !== null && upper < neutral));
  });
