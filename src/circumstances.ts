import { findRecord } from './baseline/find-record.ts';
import { planLooks } from './stats/plan-looks.ts';
import type {
  BaselineRecord,
  Config,
  DeclaredComparison,
  Fingerprint,
  InstanceRecord,
  Looks,
  ProbeResult,
} from './types.ts';
import { armFacts } from './verdict/arm-facts.ts';
import { findObstacle, type Obstacle } from './verdict/find-obstacle.ts';
import { listComparisons } from './verdict/list-comparisons.ts';

/** What is known of a run before its first block; all of it stands in the header. */
export interface RunFacts {
  gate: string;
  probe?: ProbeResult[];
  baseline: BaselineRecord[];
  fingerprint: Fingerprint;
}

/** A comparison with what it is compared to, or what stands in its way. */
export interface PlannedComparison {
  declared: DeclaredComparison;
  obstacle: Obstacle | null;
  /** Regressions that are decided against a stored baseline: not those whose base ran in the same blocks. */
  record: BaselineRecord | null;
  /** One of its two arms ran on emulated hardware, gated or not. */
  emulated: boolean;
}

const baselineOf = (comparison: DeclaredComparison, facts: RunFacts, isBaseBeside: boolean) => {
  if (comparison.kind === 'budget' || isBaseBeside) return { record: null, obstacle: null };
  // The control is held to its own warm latency; every record of that metric holds the control's values.
  const wanted =
    comparison.metric === 'control'
      ? { isolation: null, metric: 'latency' as const }
      : { isolation: comparison.isolation, metric: comparison.metric };
  const found = findRecord(
    facts.baseline,
    { gate: facts.gate, function: comparison.function, ...wanted },
    facts.fingerprint,
  );
  return 'record' in found ? { record: found.record, obstacle: null } : { record: null, obstacle: found.obstacle };
};

/** Every comparison of the config, gated or not. `instances` may tell more of their isolations than the probe. */
export const planComparisons = (
  config: Config,
  facts: RunFacts,
  instances: InstanceRecord[] = [],
): PlannedComparison[] => {
  const arms = armFacts(instances, facts.probe ?? []);
  const baseBeside = new Set(
    instances.filter(({ revision, arm }) => revision === 'base' && arm === 'control').map((one) => one.function),
  );
  const isEmulated = (name: string) => arms.emulated.has(name) || arms.mixed.has(name);
  return listComparisons(config).map((declared) => {
    const { record, obstacle } = baselineOf(declared, facts, baseBeside.has(declared.function));
    const circumstances = { probe: facts.probe ?? null, arms, baselineObstacle: obstacle };
    return {
      declared,
      record,
      obstacle: findObstacle(declared, config, circumstances),
      emulated: isEmulated(declared.isolation) || isEmulated(config.control),
    };
  });
};

/**
 * The looks and the family of gated comparisons, for the header: declared before the first block.
 * @throws BadInputError where measure.max_blocks can decide nothing
 */
export const declareLooks = (config: Config, facts: RunFacts, instances: InstanceRecord[] = []): Looks => {
  const comparisons = planComparisons(config, facts, instances)
    .filter(({ obstacle }) => obstacle === null)
    .map(({ declared }) => declared);
  return { ...planLooks(config.measure, comparisons.length), comparisons };
};
