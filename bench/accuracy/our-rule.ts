import { alphaSpent } from '../../src/stats/alpha-spending.ts';
import { pairedBounds } from '../../src/stats/paired-bounds.ts';
import { planLooks } from '../../src/stats/plan-looks.ts';
import { decideOverLooks } from '../../src/verdict/decide-over-looks.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { Ruling } from './ruling.ts';

/** What isogate.yml has by default. */
const MIN_BLOCKS = 5;

/** One gated comparison of a run: differences a block, and the limit, on the scale on which is decided. */
export interface Claim {
  differences: number[];
  limit: number;
}

/**
 * A whole run as `decide` decides it, from differences alone and with the product's own parts, so that thousands of runs
 * take minutes. A twin, failed instances and baselines have no part in it. That it says what `decide` says is tested.
 */
export const decideRun = (claims: Claim[], maxBlocks: number): Ruling[] => {
  const { schedule, alphaFail, alphaPass } = planLooks({ minBlocks: MIN_BLOCKS, maxBlocks }, claims.length);
  const plan = { schedule, alpha: { fail: alphaFail / claims.length, pass: alphaPass }, spend: alphaSpent };
  return claims.map(({ differences, limit }) => {
    const decision = decideOverLooks(plan, differences.length, true, (n, alpha) => {
      const bounds = pairedBounds(differences.slice(0, n), { lower: alpha.fail, upper: alpha.pass });
      const usable = { fail: bounds.lower !== null, pass: bounds.upper !== null };
      return { outcome: judge(bounds, limit, 0), usable, detail: null };
    });
    const outcome = decision?.outcome ?? 'open';
    return { outcome: outcome === 'open' ? 'inconclusive' : outcome, blocks: decision?.n ?? 0 };
  });
};
