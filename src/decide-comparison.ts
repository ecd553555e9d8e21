import type { PlannedComparison } from './circumstances.ts';
import { materialOf } from './decide-material.ts';
import { twinBounds } from './decide-noise.ts';
import { alphaSpent } from './stats/alpha-spending.ts';
import type { Block } from './stats/group-blocks.ts';
import type { ComparisonVerdict, Config, DeclaredComparison, Looks, Warning } from './types.ts';
import { decideOverLooks, type Finding } from './verdict/decide-over-looks.ts';
import { type ArmFailures, explainFailures } from './verdict/explain.ts';
import { judge } from './verdict/judge.ts';
import { limitOnScale, showMetric } from './verdict/scale.ts';
import { type LookDetail, toVerdict } from './verdict/to-verdict.ts';
import { twinWidening } from './verdict/twin-widening.ts';

export interface ComparisonContext {
  /** Complete blocks of the comparison's function. */
  blocks: Block[];
  /** Blocks of that function that were left out because an arm is missing. */
  incomplete: number;
  looks: Looks;
  /** Gated comparisons of the whole run, over which alpha is divided. */
  familySize: number;
  gated: DeclaredComparison[];
  config: Config;
  final: boolean;
}

const wideningOf = (declared: DeclaredComparison, blocks: Block[], gated: DeclaredComparison[]): number => {
  const { metric, limit } = declared;
  if (metric === 'control') return 0;
  const alike = gated.filter(
    (other) => other.function === declared.function && other.metric === metric && other.limit.scale === limit.scale,
  );
  const tightest = Math.min(...[declared, ...alike].map((other) => Math.abs(limitOnScale(other.limit))));
  return twinWidening(twinBounds(blocks, metric, limit.scale, gated), tightest);
};

/** One may be missing, cut off at the end; more than a tenth of all could be the ones that would have told. */
const LOST_SHARE = 0.1;

const isTooMany = (lost: number, all: number): boolean => lost > 1 && lost > LOST_SHARE * all;

/** Of the first blocks, those without an instance of either arm, and those that were left out; 0 where few enough. */
const incompleteBlocks = (blocks: Block[], failures: ArmFailures[], { incomplete }: ComparisonContext): number => {
  const started = Math.min(...failures.map((arm) => arm.started));
  const count = incomplete + blocks.length - started;
  return isTooMany(count, blocks.length + incomplete) ? count : 0;
};

const examine = (
  planned: PlannedComparison,
  blocks: Block[],
  alpha: { fail: number; pass: number },
  context: ComparisonContext,
): Finding<LookDetail> => {
  const material = materialOf(planned, blocks, context.config);
  const bounds = material.bounds({ lower: alpha.fail, upper: alpha.pass });
  const widening = wideningOf(planned.declared, blocks, context.gated);
  const outcome = judge(bounds, limitOnScale(planned.declared.limit), widening);
  const incomplete = incompleteBlocks(blocks, material.failures, context);
  const all = blocks.length + context.incomplete;
  const isPassPrevented = outcome === 'pass' && (incomplete > 0 || material.failures.some(({ failed }) => failed > 0));
  return {
    outcome: isPassPrevented ? 'open' : outcome,
    usable: { fail: bounds.lower !== null, pass: bounds.upper !== null },
    detail: {
      ...bounds,
      blocks: material.values.length,
      needed: bounds.lower === null || bounds.upper === null ? material.needed(Math.min(alpha.fail, alpha.pass)) : null,
      widening,
      isPassPrevented,
      isDepleted: isTooMany(all - material.values.length, all),
      incomplete,
      failures: material.failures,
    },
  };
};

const warningsOf = ({ function: name, metric }: DeclaredComparison, detail: LookDetail | null): Warning[] => {
  if (detail === null) return [];
  const shift = `${name}: the control's twin differs from it in ${showMetric(metric)} by more than a quarter of the tightest allowance: limits are widened by that shift, both ways`;
  return [
    ...detail.failures
      .filter(({ failed }) => failed > 0)
      .map((failure) => ({ code: 'failed-instances', message: `${name}: ${explainFailures([failure])}` })),
    ...(detail.widening > 0 ? [{ code: 'twin-shift', message: shift }] : []),
  ];
};

/** One comparison over all its looks. What has an obstacle is only estimated, without bounds or a verdict. */
export const decideComparison = (
  planned: PlannedComparison,
  context: ComparisonContext,
): { verdict: ComparisonVerdict; warnings: Warning[] } => {
  const { looks, familySize, final } = context;
  const alpha = { fail: looks.alphaFail / familySize, pass: looks.alphaPass };
  const plan = { schedule: looks.schedule, alpha, spend: alphaSpent };
  const decision =
    planned.obstacle === null
      ? decideOverLooks(plan, context.blocks.length, final, (n, levels) =>
          examine(planned, context.blocks.slice(0, n), levels, context),
        )
      : null;
  const material = materialOf(planned, context.blocks, context.config);
  const orientation = { blocks: material.values.length, estimate: material.bounds({ lower: 0, upper: 0 }).estimate };
  return {
    verdict: toVerdict(planned, decision, orientation, looks, final),
    warnings: warningsOf(planned.declared, decision?.detail ?? null),
  };
};
