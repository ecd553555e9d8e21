import { findRecord } from '../baseline/find-record.ts';
import { groupBy } from '../lib/group-by.ts';
import { shortCommit, shortDigest } from '../lib/text.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config, Waiver } from '../model/config.ts';
import type { Fingerprint, ProbeResult } from '../model/probe.ts';
import type {
  BaseOfFunction,
  ChangeUnderTest,
  DeclaredComparison,
  InstanceRecord,
  MissingReferences,
} from '../model/samples.ts';
import type { Against, AnswerDifference, ComparisonVerdict } from '../model/verdict.ts';
import { listComparisons } from './list-comparisons.ts';
import { armFacts, findObstacle, type MissingReference, type Obstacle } from './obstacles.ts';
import { NOTHING_SEEN, type SeenInstances } from './see-instances.ts';
import { findWaiver } from './waivers.ts';

/** How the base takes part in a comparison: in the same blocks (`beside`), or the reason why not. Null: there is no base. */
export type BasePart =
  | { part: 'beside' }
  | { part: 'same-image'; commit: string; reason: string }
  | { part: 'failed'; commit: string; reason: string; isOwn: boolean }
  | null;

/** A checkout of the base lacks untracked files, such as those that a workflow step installs. */
export const BASE_HINT =
  'what a workflow installs or builds before the gate is not in the base’s checkout: let build: of the function do it';

const describeFailure = (first: InstanceRecord, commit: string): BasePart => {
  const what = first.error === undefined ? first.status : `${first.status}: ${first.error}`;
  return {
    part: 'failed',
    commit,
    // Instances of the head ran between those of the base.
    isOwn: false,
    reason: `on the base (${shortCommit(commit)}) no instance of ${first.isolation} ended well (${what}; ${BASE_HINT})`,
  };
};

/** Where the header does not tell of a base, as in files of other programs, its instances do. */
const findBasePart = (
  { function: name, isolation }: Pick<DeclaredComparison, 'function' | 'isolation'>,
  control: string,
  change: ChangeUnderTest | null,
  { functions }: SeenInstances,
): BasePart => {
  const own = functions.get(name)?.base ?? null;
  const base: BaseOfFunction | undefined = change?.functions[name];
  const commit = change?.base ?? '';
  if (base === undefined) return own?.control ? { part: 'beside' } : null;
  if (base.state === 'same-image')
    return {
      part: 'same-image',
      commit,
      reason: `its image is the same on the base (${shortCommit(commit)}, ${shortDigest(base.digest)}): the change cannot have affected it, so it was not measured twice`,
    };
  if (base.state !== 'beside') {
    const where = `the base (${shortCommit(commit)})`;
    const reason =
      base.state === 'not-built' ? `${where} could not be built: ${base.reason}` : `on ${where} ${base.reason}`;
    return { part: 'failed', commit, reason, isOwn: base.own === true };
  }
  const treatment = isolation === control ? undefined : own?.treatments.get(isolation);
  for (const arm of [own?.control, treatment]) if (arm && !arm.hasWorked) return describeFailure(arm.first, commit);
  return { part: 'beside' };
};

/** What is known about a run before its first block. All of it stands in the header of the samples. */
export interface RunFacts {
  gate: string;
  probe?: ProbeResult[];
  baseline: BaselineRecord[];
  fingerprint: Fingerprint;
  /** The base that runs beside the head, where there is one. */
  change?: ChangeUnderTest;
  missing?: MissingReferences;
  /** The pinned reference, for drift. */
  pinned?: BaselineRecord[];
  /** A waiver is in force until its last day, by `startedAt`; none is in force where that is not known. */
  waivers?: Waiver[];
  startedAt?: string;
  /** Number of earlier attempts of the same run whose samples are not known here. */
  unseenAttempts?: number;
}

const NEVER = '9999-12-31';

export const dayOfRun = ({ startedAt }: Pick<RunFacts, 'startedAt'>): string => startedAt?.slice(0, 10) ?? NEVER;

const applyWaiver = (
  configured: DeclaredComparison,
  facts: RunFacts,
): Pick<PlannedComparison, 'declared' | 'waiver'> => {
  const waiver = findWaiver(configured, facts.waivers ?? [], dayOfRun(facts));
  if (waiver === null) return { declared: configured, waiver: null };
  const { limit, reason, owner, expires } = waiver;
  return {
    declared: { ...configured, limit },
    waiver: { reason, owner, expires, configured: configured.limit.text },
  };
};

/** A comparison with its reference, or with what prevents a decision. */
export interface PlannedComparison {
  /** Its limit is the one that is in force, so a waiver's where there is one. */
  declared: DeclaredComparison;
  waiver: ComparisonVerdict['waiver'] | null;
  obstacle: Obstacle | null;
  /** The stored record that growth is decided against; null where the base ran in the same blocks. */
  record: BaselineRecord | null;
  /** What growth is measured against; null for budgets, and where there is no reference. */
  against: Against | null;
  /** One of the two arms ran on emulated hardware, whether that is gated or not. */
  emulated: boolean;
}

/** What growth is measured against, or why it is not measured. */
interface Reference {
  record: BaselineRecord | null;
  against: Against | null;
  missing: MissingReference | null;
  nothingToGrow: string | null;
}

const NONE: Reference = { record: null, against: null, missing: null, nothingToGrow: null };

const findReference = (comparison: DeclaredComparison, config: Config, facts: RunFacts, base: BasePart): Reference => {
  if (comparison.kind === 'budget') return NONE;
  if (comparison.kind === 'drift') return findRecordReference(comparison, facts, 'pinned');
  const commit = facts.change?.base ?? null;
  if (base?.part === 'beside') return { ...NONE, against: { source: 'base', commit } };
  if (base?.part === 'same-image')
    return { ...NONE, against: { source: 'same-image', commit }, nothingToGrow: base.reason };
  if (base === null) return findWithoutBase(comparison, config, facts);
  const stored = findRecordReference(comparison, facts, 'stored');
  const { reason, isOwn } = base;
  if (stored.missing === null) return { ...stored, ...(stored.against && { against: { ...stored.against, reason } }) };
  const message = `${reason}; ${stored.missing.message}`;
  // Where the stored baseline is missing too and should be there, that alone is enough to block.
  const gating = stored.missing.gated || !isOwn ? { gated: true as const } : BASE_BROKEN;
  return { ...stored, missing: { ...gating, code: 'base-failed', message } };
};

const BASE_BROKEN = { gated: false, cause: 'base-broken' } as const;

/** The run judges no change, or its samples do not say how the base took part. */
const findWithoutBase = (comparison: DeclaredComparison, config: Config, facts: RunFacts): Reference => {
  const wantsBase = config.compare === 'base' || config.compare === 'both';
  const untold = facts.change && `the samples do not say how the base of ${comparison.function} took part`;
  const why = facts.missing?.base ?? untold;
  if (wantsBase && why !== undefined)
    return { ...NONE, missing: { gated: true, code: 'base-failed', message: `growth is not measured: ${why}` } };
  if (config.compare !== 'base') return findRecordReference(comparison, facts, 'stored');
  const message = 'growth is not measured: the configuration says compare: base, and this run has no base revision';
  return { ...NONE, missing: { gated: false, cause: 'no-change', code: 'no-base', message } };
};

const findRecordReference = (
  comparison: DeclaredComparison,
  facts: RunFacts,
  source: 'stored' | 'pinned',
): Reference => {
  // The control is compared with its own warm latency, which every record of that metric holds.
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
  if ('record' in found) {
    const { commit, recordedAt } = found.record;
    return { ...NONE, record: found.record, against: { source, commit, recordedAt } };
  }
  const { code, message, cause } = found.obstacle;
  const why = source === 'stored' ? facts.missing?.baseline : undefined;
  return {
    ...NONE,
    missing:
      why === undefined
        ? { gated: false, cause, code, message }
        : { gated: true, code: 'baseline-missing', message: `growth is not measured: ${why}` },
  };
};

/** Every comparison of the configuration, gated or not. Instances may tell more about their isolations than the probe. */
export const planComparisons = (
  config: Config,
  facts: RunFacts,
  seen: SeenInstances = NOTHING_SEEN,
  differences: AnswerDifference[] = [],
): PlannedComparison[] => {
  const arms = armFacts(seen, facts.probe ?? []);
  const differencesOf = groupBy(
    differences.filter(({ code }) => code !== 'answers-vary-by-call'),
    (one) => one.function,
  );
  /** That of an arm that the comparison rests on. */
  const findDifference = ({ function: name, isolation }: DeclaredComparison, against: Against | null) =>
    differencesOf
      .get(name)
      ?.find(
        (one) =>
          (one.isolation === isolation || one.isolation === config.control) &&
          (one.revision === 'head' || against?.source === 'base'),
      ) ?? null;
  const isEmulated = (name: string) => arms.emulated.has(name) || arms.mixed.has(name);
  return listComparisons(config, (facts.pinned ?? []).length > 0).map((configured) => {
    const { declared, waiver } = applyWaiver(configured, facts);
    const base = findBasePart(declared, config.control, facts.change ?? null, seen);
    const { record, against, missing, nothingToGrow } = findReference(declared, config, facts, base);
    const difference = findDifference(declared, against);
    const known = { probe: facts.probe ?? null, arms, missing, nothingToGrow, difference };
    return {
      declared,
      waiver,
      record,
      against,
      obstacle: findObstacle(declared, config, known),
      emulated: isEmulated(declared.isolation) || isEmulated(config.control),
    };
  });
};
