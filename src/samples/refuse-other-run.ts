/** Flow part: a further attempt measures what the earlier one did, or none of its samples may be carried on. */

import type { Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Fingerprint, ProbeResult } from '../model/probe.ts';
import type { ChangeUnderTest, SamplesHeader } from '../model/samples.ts';
import { fingerprintDifferences } from './fingerprint-differences.ts';

/** What is known of the new attempt so far. */
export interface RunIdentity {
  gate?: string;
  config?: Record<string, unknown>;
  images?: NonNullable<SamplesHeader['images']>;
  fingerprint?: Fingerprint;
  /** What was found to work, as far as something is gated on it: the family of comparisons stays as it was declared. */
  probe?: ProbeResult[];
  waivers?: Waiver[];
  /** Null: no base runs beside the head. */
  change?: ChangeUnderTest | null;
}

const MOST_NAMED = 3;
/** Each attempt's own: it decides nothing. */
const OWN_KEYS = new Set(['measure.time']);

/** `a.b` to its value as JSON; an empty object or list is a value. */
const leaves = (value: unknown, path = ''): Record<string, string> => {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return OWN_KEYS.has(path) ? {} : { [path]: JSON.stringify(value) ?? 'undefined' };
  return Object.assign({}, ...entries.map(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`)));
};

/** As it comes back from a file: keys without a value are none. */
const asRead = (config: object): unknown => JSON.parse(JSON.stringify(config));

const digests = (images: NonNullable<SamplesHeader['images']>): Fingerprint =>
  Object.fromEntries(Object.entries(images).map(([name, { digest }]) => [`image of ${name}`, digest]));

const usability = (probe: ProbeResult[]): Fingerprint =>
  Object.fromEntries(
    probe.map(({ isolation, usable, emulated }) => [
      isolation,
      usable ? (emulated ? 'emulated' : 'usable') : 'unusable',
    ]),
  );

/** The base's commit, and how each function's base takes part: why one could not be built may be worded anew. */
const baseOf = (change: ChangeUnderTest | null): Fingerprint =>
  change === null
    ? { base: 'none' }
    : {
        base: change.base,
        ...Object.fromEntries(
          Object.entries(change.functions).map(([name, base]) => [
            `base of ${name}`,
            base.state === 'not-built' ? base.state : `${base.state} ${base.digest}`,
          ]),
        ),
      };

/** Samples that cannot be put together with others. */
export class OtherRunError extends BadInputError {}

/** @throws OtherRunError naming up to three differences, each with what it was and what it is */
export function refuseOtherRun(path: string | null | undefined, then: SamplesHeader, now: RunIdentity): void {
  const differences = [
    ...(now.gate === undefined ? [] : fingerprintDifferences({ gate: then.gate }, { gate: now.gate })),
    ...(now.config === undefined ? [] : fingerprintDifferences(leaves(then.config), leaves(asRead(now.config)))),
    ...(now.images === undefined ? [] : fingerprintDifferences(digests(then.images ?? {}), digests(now.images))),
    ...(now.probe === undefined ? [] : fingerprintDifferences(usability(then.probe ?? []), usability(now.probe))),
    ...(now.waivers === undefined
      ? []
      : fingerprintDifferences(leaves({ waivers: then.waivers ?? [] }), leaves(asRead({ waivers: now.waivers })))),
    ...(now.change === undefined ? [] : fingerprintDifferences(baseOf(then.change ?? null), baseOf(now.change))),
    ...(now.fingerprint === undefined ? [] : fingerprintDifferences(then.fingerprint, now.fingerprint)),
  ];
  if (differences.length === 0) return;
  throw new OtherRunError(
    `--continue ${path}: not the same run: ${named(differences)}; accepted: samples of the same gate, configuration, images, base and machine`,
  );
}

const named = (differences: string[]): string => {
  const rest = differences.length > MOST_NAMED ? ` and ${differences.length - MOST_NAMED} more` : '';
  return `${differences.slice(0, MOST_NAMED).join(', ')}${rest}`;
};

/** What only functions of their own have: a part that measured others has other ones. */
const common = (part: Fingerprint, other: Fingerprint): Fingerprint =>
  Object.fromEntries(Object.entries(part).filter(([key]) => Object.hasOwn(other, key)));

const withoutFunctions = ({ functions: _, ...config }: Record<string, unknown>): unknown => config;

/**
 * Parts of one run, each of which measured functions of its own, perhaps on a machine of its own: alike in all else.
 * @throws OtherRunError
 */
export function refuseOtherPart(path: string, first: SamplesHeader, part: SamplesHeader): void {
  const [then, now] = [first, part];
  const differences = [
    ...fingerprintDifferences({ gate: then.gate }, { gate: now.gate }),
    ...fingerprintDifferences(leaves(withoutFunctions(then.config)), leaves(withoutFunctions(now.config))),
    ...fingerprintDifferences(usability(then.probe ?? []), usability(now.probe ?? [])),
    ...fingerprintDifferences({ commit: then.commit ?? 'none' }, { commit: now.commit ?? 'none' }),
    ...fingerprintDifferences({ base: then.change?.base ?? 'none' }, { base: now.change?.base ?? 'none' }),
    ...fingerprintDifferences(common(then.fingerprint, now.fingerprint), common(now.fingerprint, then.fingerprint)),
  ];
  if (differences.length === 0) return;
  throw new OtherRunError(
    `${path}: not a part of the same run: ${named(differences)}; accepted: samples of the same gate, configuration, commits and kind of machine, each with functions of its own`,
  );
}
