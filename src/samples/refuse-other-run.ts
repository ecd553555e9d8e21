/** Samples may be joined only where they were measured in the same way. */

import type { Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Fingerprint, ProbeResult } from '../model/probe.ts';
import type { ChangeUnderTest, MissingReferences, SamplesHeader } from '../model/samples.ts';
import { fingerprintDifferences } from './fingerprint-differences.ts';

/** Samples that cannot be joined with others. */
export class OtherRunError extends BadInputError {
  /** The message without the file that it begins with. */
  readonly why: string;

  constructor(source: string, why: string) {
    super(`${source}: ${why}`);
    this.why = why;
  }
}

/** What is known of the new attempt so far. */
export interface RunIdentity {
  gate?: string;
  /** Where a workflow measures: the repository and the commit under test. */
  repository?: string;
  commit?: string | null;
  config?: Record<string, unknown>;
  images?: NonNullable<SamplesHeader['images']>;
  fingerprint?: Fingerprint;
  /** Of isolations that something is gated on: the declared comparisons stay the same in all attempts. */
  probe?: ProbeResult[];
  waivers?: Waiver[];
  /** Null: no base runs beside the head. */
  change?: ChangeUnderTest | null;
  /** Null: nothing is missing. What was missing then may be there now, and would not be compared with. */
  missing?: MissingReferences | null;
}

/**
 * Refuses to carry on an attempt that measured something else.
 * @throws OtherRunError naming up to three differences, each with what it was and what it is
 */
export function refuseOtherRun(path: string, then: SamplesHeader, now: RunIdentity): void {
  const { gate, repository, commit, config, images, probe, waivers, change, missing, fingerprint } = now;
  const differences = [
    ...(gate === undefined ? [] : fingerprintDifferences({ gate: then.gate }, { gate })),
    ...(repository === undefined
      ? []
      : fingerprintDifferences({ repository: then.workflow?.repository ?? 'none' }, { repository })),
    ...(commit === undefined
      ? []
      : fingerprintDifferences({ commit: then.commit ?? 'none' }, { commit: commit ?? 'none' })),
    ...(config === undefined ? [] : fingerprintDifferences(flatten(then.config), flatten(asRead(config)))),
    ...(images === undefined ? [] : fingerprintDifferences(listDigests(then.images ?? {}), listDigests(images))),
    ...(probe === undefined ? [] : fingerprintDifferences(listUsability(then.probe ?? []), listUsability(probe))),
    ...(waivers === undefined
      ? []
      : fingerprintDifferences(flatten({ waivers: then.waivers ?? [] }), flatten(asRead({ waivers })))),
    ...(change === undefined ? [] : fingerprintDifferences(describeBase(then.change ?? null), describeBase(change))),
    ...(missing === undefined ? [] : fingerprintDifferences(listMissing(then.missing), listMissing(missing))),
    ...(fingerprint === undefined ? [] : fingerprintDifferences(then.fingerprint, fingerprint)),
  ];
  if (differences.length === 0) return;
  throw new OtherRunError(
    `--continue ${path}`,
    `not the same run: ${listSome(differences)}; accepted: samples of the same gate, configuration, images, base and machine`,
  );
}

/**
 * Refuses to join parts of different runs. The parts of one run measured functions of their own, perhaps on machines of
 * their own, and are alike in all else.
 * @throws OtherRunError
 */
export function refuseOtherPart(path: string, first: SamplesHeader, part: SamplesHeader): void {
  const differences = [
    ...fingerprintDifferences({ gate: first.gate }, { gate: part.gate }),
    ...fingerprintDifferences(flatten(withoutFunctions(first.config)), flatten(withoutFunctions(part.config))),
    ...fingerprintDifferences(listUsability(first.probe ?? []), listUsability(part.probe ?? [])),
    ...fingerprintDifferences(describeRun(first), describeRun(part)),
    ...fingerprintDifferences({ commit: first.commit ?? 'none' }, { commit: part.commit ?? 'none' }),
    ...fingerprintDifferences({ base: first.change?.base ?? 'none' }, { base: part.change?.base ?? 'none' }),
    ...fingerprintDifferences(
      keepShared(first.fingerprint, part.fingerprint),
      keepShared(part.fingerprint, first.fingerprint),
    ),
  ];
  if (differences.length === 0) return;
  throw new OtherRunError(
    path,
    `not a part of the same run: ${listSome(differences)}; accepted: samples of the same gate, configuration, commits and kind of machine, each with functions of its own`,
  );
}

const MOST_NAMED = 3;

const listSome = (differences: string[]): string => {
  const rest = differences.length > MOST_NAMED ? ` and ${differences.length - MOST_NAMED} more` : '';
  return `${differences.slice(0, MOST_NAMED).join(', ')}${rest}`;
};

/** May differ between attempts, because they decide nothing. */
const FREE_KEYS = new Set(['measure.time']);

/** Maps `a.b` to its value as JSON; an empty object or list counts as a value. */
const flatten = (value: unknown): Record<string, string> => {
  const found = new Map<string, string>();
  // A header may come from anybody: neither its width nor its depth may be more than the stack holds.
  const pending = [{ path: '', value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, value: item } = next;
    const entries = typeof item === 'object' && item !== null ? Object.entries(item) : [];
    for (const [key, below] of entries) pending.push({ path: path === '' ? key : `${path}.${key}`, value: below });
    if (entries.length === 0 && !FREE_KEYS.has(path)) found.set(path, JSON.stringify(item) ?? 'undefined');
  }
  return Object.fromEntries(found);
};

/** The value as it would come back from a file, which has no keys without a value. */
export const asRead = (value: object): unknown => JSON.parse(JSON.stringify(value));

const listDigests = (images: NonNullable<SamplesHeader['images']>): Fingerprint =>
  Object.fromEntries(Object.entries(images).map(([name, { digest }]) => [`image of ${name}`, digest]));

const listUsability = (probe: ProbeResult[]): Fingerprint =>
  Object.fromEntries(
    probe.map(({ isolation, usable, emulated }) => [
      isolation,
      usable ? (emulated ? 'emulated' : 'usable') : 'unusable',
    ]),
  );

/** Attempts may differ: one part may have been run again. */
const describeRun = ({ workflow }: SamplesHeader): Fingerprint => ({
  'workflow run': workflow ? `${workflow.run} of ${workflow.repository}` : 'none',
});

/** The base's commit, and how the base of each function takes part. Why one could not be built may be worded differently. */
const describeBase = (change: ChangeUnderTest | null): Fingerprint =>
  change === null
    ? { base: 'none' }
    : {
        base: change.base,
        ...Object.fromEntries(
          Object.entries(change.functions).map(([name, base]) => [
            `base of ${name}`,
            'digest' in base ? `${base.state} ${base.digest}` : base.state,
          ]),
        ),
      };

const listMissing = (missing: MissingReferences | null | undefined): Fingerprint =>
  missing?.baseline === undefined ? {} : { 'stored baseline': 'missing' };

/** Without facts of functions, such as a runtime's version, that only one of the parts measured. */
const keepShared = (part: Fingerprint, other: Fingerprint): Fingerprint =>
  Object.fromEntries(Object.entries(part).filter(([key]) => Object.hasOwn(other, key)));

const withoutFunctions = ({ functions: _, ...config }: Record<string, unknown>): unknown => config;
