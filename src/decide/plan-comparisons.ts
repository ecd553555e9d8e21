import { findRecord } from '../baseline/find-record.ts';
import { groupBy } from '../lib/group-by.ts';
import { shortCommit, shortDigest } from '../lib/text.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config, Waiver } from '../model/config.ts';
import type { Fingerprint, ProbeResult } from '../model/probe.ts';
import type { BaseOfFunction, ChangeUnderTest, DeclaredComparison, InstanceRecord } from '../model/samples.ts';
import type { Against, AnswerDifference, ComparisonVerdict } from '../model/verdict.ts';
import { listComparisons } from './list-comparisons.ts';
import { armFacts, findObstacle, type Obstacle } from './obstacles.ts';
import { findWaiver } from './waivers.ts';

/** How the base takes part in a comparison: in the same blocks (`beside`), or the reason why not. Null: there is no base. */
export type BasePart =
  | { part: 'beside' }
  | { part: 'same-image'; commit: string; reason: string }
  | { part: 'failed'; commit: string; reason: string }
  | null;

/** A checkout of the base lacks untracked files, such as those that a workflow step installs. */
const HINT =
  'what a workflow installs or builds before the gate is not in the base’s checkout: let build: of the function do it';

const describeFailure = (instances: InstanceRecord[], commit: string): BasePart => {
  const [first] = instances;
  const what = first?.error === undefined ? first?.status : `${first.status}: ${first.error}`;
  return {
    part: 'failed',
    commit,
    reason: `on the base (${shortCommit(commit)}) no instance of ${first?.isolation} ended well (${what}; ${HINT})`,
  };
};

/** The change under test as in the header, and the instances of the base by function. */
interface BaseFacts {
  change: ChangeUnderTest | null;
  instances: Map<string, InstanceRecord[]>;
}

/** Where the header does not tell of a base, as in files of other programs, its instances do. */
const findBasePart = (
  { function: name, isolation }: Pick<DeclaredComparison, 'function' | 'isolation'>,
  control: string,
  { change, instances }: BaseFacts,
): BasePart => {
  const own = instances.get(name) ?? [];
  const base: BaseOfFunction | undefined = change?.functions[name];
  const commit = change?.base ?? '';
  if (base === undefined) return own.some(({ arm }) => arm === 'control') ? { part: 'beside' } : null;
  if (base.state === 'same-image')
    return {
      part: 'same-image',
      commit,
      reason: `its image is the same on the base (${shortCommit(commit)}, ${shortDigest(base.digest)}): the change cannot have affected it, so it was not measured twice`,
    };
  if (base.state === 'not-built')
    return { part: 'failed', commit, reason: `the base (${shortCommit(commit)}) could not be built: ${base.reason}` };
  for (const arm of [
    own.filter((record) => record.arm === 'control'),
    own.filter((record) => record.arm === 'treatment' && record.isolation === isolation && isolation !== control),
  ])
    if (arm.length > 0 && !arm.some(({ status }) => status === 'ok')) return describeFailure(arm, commit);
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
  obstacle: { code: string; message: string } | null;
  nothingToGrow: string | null;
}

const NONE: Reference = { record: null, against: null, obstacle: null, nothingToGrow: null };

const findReference = (comparison: DeclaredComparison, config: Config, facts: RunFacts, base: BasePart): Reference => {
  if (comparison.kind === 'budget') return NONE;
  if (comparison.kind === 'drift') return findRecordReference(comparison, facts, 'pinned');
  const commit = facts.change?.base ?? null;
  if (base?.part === 'beside') return { ...NONE, against: { source: 'base', commit } };
  if (base?.part === 'same-image')
    return { ...NONE, against: { source: 'same-image', commit }, nothingToGrow: base.reason };
  if (config.compare === 'base' && base === null) {
    const message = 'growth is not measured: the configuration says compare: base, and this run has no base revision';
    return { ...NONE, obstacle: { code: 'no-base', message } };
  }
  const stored = findRecordReference(comparison, facts, 'stored');
  if (base === null) return stored;
  const { reason } = base;
  if (stored.obstacle !== null)
    return { ...stored, obstacle: { code: 'base-failed', message: `${reason}; ${stored.obstacle.message}` } };
  return { ...stored, ...(stored.against && { against: { ...stored.against, reason } }) };
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
  if (!('record' in found)) return { ...NONE, obstacle: found.obstacle };
  const { record } = found;
  const { commit, recordedAt } = record;
  return { ...NONE, record, against: { source, commit, recordedAt } };
};

/** Every comparison of the configuration, gated or not. Instances may tell more about their isolations than the probe. */
export const planComparisons = (
  config: Config,
  facts: RunFacts,
  instances: InstanceRecord[] = [],
  differences: AnswerDifference[] = [],
): PlannedComparison[] => {
  const arms = armFacts(instances, facts.probe ?? []);
  const ofBase = {
    change: facts.change ?? null,
    instances: groupBy(
      instances.filter(({ revision }) => revision === 'base'),
      (record) => record.function,
    ),
  };
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
    const base = findBasePart(declared, config.control, ofBase);
    const { record, against, obstacle, nothingToGrow } = findReference(declared, config, facts, base);
    const difference = findDifference(declared, against);
    const known = { probe: facts.probe ?? null, arms, baselineObstacle: obstacle, nothingToGrow, difference };
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
