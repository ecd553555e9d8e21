import { checkValidity } from '../../src/decide/check-validity.ts';
import { decideFamily } from '../../src/decide/comparison-family.ts';
import { pairedTest } from '../../src/decide/comparison-inputs.ts';
import type { NoiseAround } from '../../src/decide/early-test.ts';
import type { CheckedPair } from '../../src/decide/finding.ts';
import { buildLookView, toMember } from '../../src/decide/look.ts';
import { combineNoise } from '../../src/decide/noise-around.ts';
import { planAttempts, withEarlyLooks } from '../../src/decide/plan-attempts.ts';
import { planLooks } from '../../src/decide/plan-looks.ts';
import { ATTEMPT_SHARE, alphaShare } from '../../src/stats/group-sequential.ts';
import type { PairedCosts } from './paired-costs.ts';
import type { Ruling } from './ruling.ts';

/** What isogate.yml has by default. */
const MIN_BLOCKS = 3;
const CHECKED = { scale: 'ratio', unit: 'ms', arm: 'treatment', control: 'control' } as const;
const NOTHING_LOST = { failures: [], incomplete: 0, isDepleted: false, prevents: false };

/** One gated comparison of a run: differences a block, and the limit, on the scale on which is decided. */
export interface Claim {
  differences: number[];
  limit: number;
  /** What the differences were made of; where it is left out, of a control that always costs the same. */
  costs?: PairedCosts;
  /** What is known of the noise besides, at so many blocks; where it is left out, nothing. */
  noise?: (n: number) => NoiseAround;
}

/** A function alone, in its first run, without an A/A control. */
const NOTHING_AROUND: NoiseAround = { ...combineNoise([], [], 1), isBarred: false, mayFail: true };

const pairsOf = (differences: number[], costs: PairedCosts | undefined): CheckedPair[] =>
  differences.map((value, block) => ({
    ...{ block, value, controlFirst: null, disturbedBy: [] },
    control: costs?.control[block] ?? 1,
    treatment: costs?.treatment[block] ?? Math.exp(value),
  }));

/**
 * A whole run as `decide` decides it, from differences alone and with the product's own parts, so that thousands of runs
 * take minutes. A/A controls, failed instances and baselines have no part in it. That it says what `decide` says is tested.
 */
export const decideClaims = (
  claims: Claim[],
  maxBlocks: number,
  { isEarly = true, isOver = true }: { isEarly?: boolean; isOver?: boolean } = {},
): Ruling[] => {
  const { schedule, early = [], alphaFail, alphaPass } = planLooks({ minBlocks: MIN_BLOCKS, maxBlocks }, claims.length);
  const runs = claims.map(({ differences, limit, costs, noise }) => {
    const pairs = pairsOf(differences, costs);
    const check = { allowance: Math.max(limit, 0.005), ...CHECKED };
    const attempt = { schedule, available: differences.length, isOver };
    const ranks = planAttempts([attempt], { within: alphaShare, attempt: ATTEMPT_SHARE, fewest: MIN_BLOCKS });
    const looks = withEarlyLooks(ranks, isEarly ? early : [], differences.length);
    const test = pairedTest(differences);
    const view = buildLookView({
      ...{ inputs: { values: differences, ...test }, looks, limit: () => ({ limit, isFloor: false }) },
      ...{ losses: () => NOTHING_LOST, controlNoise: () => 0, scale: 'ratio', hasEarlyLooks: isEarly },
      noiseAround: (look) => (noise ? noise(looks[look]?.n ?? 0) : NOTHING_AROUND),
      findings: (look, outcome, alpha) =>
        checkValidity({
          ...check,
          pairs: pairs.slice(0, looks[look]?.n),
          limit,
          outcome,
          alpha,
          familySize: claims.length,
        }),
    });
    return { looks, member: toMember(view, test) };
  });
  const decisions = decideFamily(
    runs.map(({ member }) => member),
    claims.length,
    { fail: alphaFail, pass: alphaPass },
  );
  return decisions.map(({ outcome, look }, index) => ({
    outcome: outcome === 'open' ? 'inconclusive' : outcome,
    blocks: runs[index]?.looks[look]?.n ?? 0,
  }));
};
