import { findRecord } from '../baseline/find-record.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config, Waiver } from '../model/config.ts';
import type { Fingerprint, ProbeResult } from '../model/probe.ts';
import type { ChangeUnderTest, DeclaredComparison, InstanceRecord, Looks } from '../model/samples.ts';
import type { Against, ComparisonVerdict } from '../model/verdict.ts';
import { ATTEMPT_SHARE } from '../stats/alpha-spending.ts';
import { armFacts } from './arm-facts.ts';
import { type BasePart, basePartOf } from './base-beside.ts';
import { findObstacle, type Obstacle } from './find-obstacle.ts';
import { listComparisons } from './list-comparisons.ts';
import { planLooks } from './plan-looks.ts';
import { waiverOf } from './waivers.ts';

/** What is known of a run before its first block; all of it stands in the header. */
export interface RunFacts {
  gate: string;
  probe?: ProbeResult[];
  baseline: BaselineRecord[];
  fingerprint: Fingerprint;
  /** The base that runs beside the head, where there is one. */
  change?: ChangeUnderTest;
  /** The pinned reference, for drift. */
  pinned?: BaselineRecord[];
  /** What expires is held against the day of `startedAt`; nothing is in force where that is not known. */
  waivers?: Waiver[];
  startedAt?: string;
  /** Attempts of the same run that this one knows nothing of. */
  unseenAttempts?: number;
}

const NEVER = '9999-12-31';

export const dayOf = ({ startedAt }: Pick<RunFacts, 'startedAt'>): string => startedAt?.slice(0, 10) ?? NEVER;

const waived = (configured: DeclaredComparison, facts: RunFacts): Pick<PlannedComparison, 'declared' | 'waiver'> => {
  const waiver = waiverOf(configured, facts.waivers ?? [], dayOf(facts));
  if (waiver === null) return { declared: configured, waiver: null };
  const { limit, reason, owner, expires } = waiver;
  return {
    declared: { ...configured, limit },
    waiver: { reason, owner, expires, configured: configured.limit.text },
  };
};

/** A comparison with what it is compared to, or what stands in its way. */
export interface PlannedComparison {
  /** With the limit that is in force. */
  declared: DeclaredComparison;
  waiver: ComparisonVerdict['waiver'] | null;
  obstacle: Obstacle | null;
  /** Regressions that are decided against a stored baseline: not those whose base ran in the same blocks. */
  record: BaselineRecord | null;
  /** What growth is measured against; null of budgets, and where there is nothing. */
  against: Against | null;
  /** One of its two arms ran on emulated hardware, gated or not. */
  emulated: boolean;
}

/** What growth is measured against, or why it is not. */
interface Reference {
  record: BaselineRecord | null;
  against: Against | null;
  obstacle: { code: string; message: string } | null;
  nothingToGrow: string | null;
}

const NONE: Reference = { record: null, against: null, obstacle: null, nothingToGrow: null };

const referenceOf = (comparison: DeclaredComparison, config: Config, facts: RunFacts, base: BasePart): Reference => {
  if (comparison.kind === 'budget') return NONE;
  if (comparison.kind === 'drift') return recordReference(comparison, facts, 'pinned');
  const commit = facts.change?.base ?? null;
  if (base?.part === 'beside') return { ...NONE, against: { source: 'base', commit } };
  if (base?.part === 'same-image')
    return { ...NONE, against: { source: 'same-image', commit }, nothingToGrow: base.reason };
  if (config.compare === 'base' && base === null) {
    const message = 'compare: base, and there is no base revision in this run: growth is not measured';
    return { ...NONE, obstacle: { code: 'no-base', message } };
  }
  const stored = recordReference(comparison, facts, 'stored');
  if (base === null) return stored;
  const { reason } = base;
  if (stored.obstacle !== null)
    return { ...stored, obstacle: { code: 'base-failed', message: `${reason}; ${stored.obstacle.message}` } };
  return { ...stored, ...(stored.against && { against: { ...stored.against, reason } }) };
};

const recordReference = (comparison: DeclaredComparison, facts: RunFacts, source: 'stored' | 'pinned'): Reference => {
  // The control is held to its own warm latency; every record of that metric holds the control's values.
  const wanted =
    comparison.metric === 'control'
      ? { isolation: null, metric: 'latency' as const }
      : { isolation: comparison.isolation, metric: comparison.metric };
  const found = findRecord(
    source === 'stored' ? facts.baseline : (facts.pinned ?? []),
    { gate: facts.gate, function: comparison.function, ...wanted },
    facts.fingerprint,
    source === 'stored' ? 'baseline' : 'pinned reference',
  );
  if (!('record' in found)) return { ...NONE, obstacle: found.obstacle };
  const { record } = found;
  const { commit, recordedAt } = record;
  return { ...NONE, record, against: { source, commit, recordedAt } };
};

/** Every comparison of the config, gated or not. `instances` may tell more of their isolations than the probe. */
export const planComparisons = (
  config: Config,
  facts: RunFacts,
  instances: InstanceRecord[] = [],
): PlannedComparison[] => {
  const arms = armFacts(instances, facts.probe ?? []);
  const ofBase = {
    change: facts.change ?? null,
    instances: instances.filter(({ revision }) => revision === 'base'),
  };
  const isEmulated = (name: string) => arms.emulated.has(name) || arms.mixed.has(name);
  return listComparisons(config, (facts.pinned ?? []).length > 0).map((configured) => {
    const { declared, waiver } = waived(configured, facts);
    const base = basePartOf(declared, config.control, ofBase);
    const { record, against, obstacle, nothingToGrow } = referenceOf(declared, config, facts, base);
    const circumstances = { probe: facts.probe ?? null, arms, baselineObstacle: obstacle, nothingToGrow };
    return {
      declared,
      waiver,
      record,
      against,
      obstacle: findObstacle(declared, config, circumstances),
      emulated: isEmulated(declared.isolation) || isEmulated(config.control),
    };
  });
};

/**
 * The looks and the family of gated comparisons, for the header: declared before the first block. Each attempt that is not
 * carried on has spent its share of the alpha of passes, or re-running until green would be a way; that of fails stays
 * whole, or it would be one out of red.
 * @throws BadInputError where measure.max_blocks can decide nothing
 */
export const declareLooks = (config: Config, facts: RunFacts, instances: InstanceRecord[] = []): Looks => {
  const comparisons = planComparisons(config, facts, instances)
    .filter(({ obstacle }) => obstacle === null)
    .map(({ declared }) => declared);
  const looks = planLooks(config.measure, comparisons.length);
  const left = (1 - ATTEMPT_SHARE) ** (facts.unseenAttempts ?? 0);
  return { ...looks, alphaPass: looks.alphaPass * left, comparisons };
};
