/**
 * Reads records that are written as a run writes them. That takes a tenth of the schema's time, and gives what the schema
 * gives; every other record is left to the schema, which says what is wrong with it.
 */

import { START_PHASES } from '../model/metrics.ts';
import {
  ARM_ROLES,
  type BlockRecord,
  INSTANCE_PHASES,
  INSTANCE_STATUSES,
  type InstanceRecord,
  REVISIONS,
} from '../model/samples.ts';
import {
  areInside,
  DIGEST,
  isFastEnough,
  MAX_COST,
  MAX_NAME,
  MAX_TEXT,
  MAX_VALUES,
  MAX_WHOLE,
} from './samples-schema.ts';

type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWhole = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_WHOLE;

const isCost = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_COST;

const isSigned = (value: unknown): value is number =>
  typeof value === 'number' && value >= -MAX_COST && value <= MAX_COST;

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;

const isList = <T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] => {
  if (!Array.isArray(value) || value.length > MAX_VALUES) return false;
  for (const item of value) if (!isItem(item)) return false;
  return true;
};

/** The schema leaves out such keys. */
const UNSAFE_KEYS = new Set(['__proto__', 'prototype', 'constructor']);

const isRecord = <T>(
  value: unknown,
  most: number,
  isItem: (item: unknown) => item is T,
): value is Record<string, T> => {
  if (!isFields(value)) return false;
  let entries = 0;
  for (const key in value) {
    entries += 1;
    if (entries > most || !isName(key) || UNSAFE_KEYS.has(key) || !isItem(value[key])) return false;
  }
  return true;
};

const hasOnly = (value: Fields, keys: ReadonlySet<string>): boolean => {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
};

const PHASE_KEYS: ReadonlySet<string> = new Set(START_PHASES);

const readPhases = (value: unknown): InstanceRecord['phases_ms'] | null => {
  if (value === undefined) return { created: null, booted: null, ready: null, first_response: null };
  if (!isFields(value) || !hasOnly(value, PHASE_KEYS)) return null;
  for (const key in value) if (value[key] !== null && !isCost(value[key])) return null;
  const {
    spawned,
    created = null,
    booted = null,
    ready = null,
    first_response = null,
  } = value as Partial<InstanceRecord['phases_ms']>;
  const phases = { created, booted, ready, first_response };
  return spawned === undefined ? phases : { spawned, ...phases };
};

const isMetrics = (value: unknown): value is Record<string, number> =>
  isRecord(value, 100, isCost) && isFastEnough(value);

const EVIDENCE_KEYS: ReadonlySet<string> = new Set(['host', 'guest', 'contradictions']);

const isEvidence = (value: unknown): value is NonNullable<InstanceRecord['evidence']> =>
  isFields(value) &&
  hasOnly(value, EVIDENCE_KEYS) &&
  isRecord(value['host'], 1000, isText) &&
  isRecord(value['guest'], 1000, isText) &&
  Array.isArray(value['contradictions']) &&
  value['contradictions'].every(isText);

/** Excerpts are cut by the schema. */
const ANSWER_KEYS: ReadonlySet<string> = new Set(['events', 'sent', 'digests', 'given', 'varied']);

const isDigest = (value: unknown): value is string => typeof value === 'string' && DIGEST.test(value);

const isAnswers = (value: unknown): value is NonNullable<InstanceRecord['answers']> => {
  if (!isFields(value) || !hasOnly(value, ANSWER_KEYS)) return false;
  const { events, sent, digests = [], given = [], varied = 0 } = value;
  if (!isWhole(events) || events < 1 || !isWhole(varied)) return false;
  if (!isList(sent, isWhole) || !isList(given, isWhole) || !isList(digests, isDigest)) return false;
  return areInside({ sent, events, digests, given });
};

const INSTANCE_KEYS: ReadonlySet<string> = new Set([
  ...['type', 'block', 'position', 'function', 'revision', 'isolation', 'arm', 'status', 'phase', 'error'],
  ...[
    'phases_ms',
    'metrics',
    'repeat',
    'warmup_ms',
    'latency_ms',
    'tail_ms',
    'emulated',
    'answers',
    'evidence',
    'host',
  ],
]);
const ARMS: ReadonlySet<unknown> = new Set(ARM_ROLES);
const REVISION_NAMES: ReadonlySet<unknown> = new Set(REVISIONS);
const STATUSES: ReadonlySet<unknown> = new Set(INSTANCE_STATUSES);
const PHASES: ReadonlySet<unknown> = new Set(INSTANCE_PHASES);

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

/** Keys that may be missing, and stay so. */
const OPTIONAL: [keyof InstanceRecord, (value: unknown) => boolean][] = [
  ['phase', (value) => PHASES.has(value)],
  ['error', isText],
  ['tail_ms', (value) => isList(value, isCost)],
  ['emulated', isFlag],
  ['answers', isAnswers],
  ['evidence', isEvidence],
  ['host', (value) => isRecord(value, 1000, isSigned)],
];

/** Null where the record has to be looked at by the schema. */
export const readPlainInstance = (data: Fields): InstanceRecord | null => {
  if (!hasOnly(data, INSTANCE_KEYS)) return null;
  const { block, position = 0, function: name, revision = 'head', isolation, arm, status, repeat = 1 } = data;
  const { metrics = {}, warmup_ms = [], latency_ms = [] } = data;
  const isPlaced = isWhole(block) && isWhole(position) && isName(name) && isName(isolation);
  const isKnown = REVISION_NAMES.has(revision) && ARMS.has(arm) && STATUSES.has(status);
  const isMeasured = isMetrics(metrics) && isList(warmup_ms, isCost) && isList(latency_ms, isCost);
  const phases_ms = readPhases(data['phases_ms']);
  if (!isPlaced || !isKnown || !isMeasured || phases_ms === null || !isWhole(repeat) || repeat < 1) return null;
  const record: Fields = {
    ...{ type: 'instance', block, position, function: name, revision, isolation, arm, status },
    ...{ phases_ms, metrics, repeat, warmup_ms, latency_ms },
  };
  for (const [key, isRight] of OPTIONAL) {
    const value = data[key];
    if (value === undefined) continue;
    if (!isRight(value)) return null;
    record[key] = value;
  }
  return record as unknown as InstanceRecord;
};

type Arms = BlockRecord['arms'];

const areSame = (known: Arms, arms: unknown): boolean => {
  if (!Array.isArray(arms) || arms.length !== known.length) return false;
  return known.every(({ isolation, arm, revision }, index) => {
    const other: unknown = arms[index];
    if (!isFields(other)) return false;
    const { revision: given = 'head' } = other;
    return other['isolation'] === isolation && other['arm'] === arm && given === revision;
  });
};

const BLOCK_KEYS: ReadonlySet<string> = new Set(['type', 'function', 'block', 'arms', 'orientation']);
/** Blocks of a run have few different lists of arms. */
const MOST_LISTS = 8;

/** Reads block records whose list of arms has been seen before; all of them share it. */
export const rememberArms = (): {
  /** Null where the record has to be looked at by the schema. */
  read: (data: Fields) => BlockRecord | null;
  /** To be called with a record that the schema has accepted. */
  add: (record: BlockRecord) => void;
} => {
  const lists: Arms[] = [];
  return {
    read(data) {
      const { function: name, block, arms, orientation } = data;
      if (!hasOnly(data, BLOCK_KEYS) || !isName(name) || !isWhole(block)) return null;
      if (orientation !== undefined && orientation !== true) return null;
      const known = lists.find((list) => areSame(list, arms));
      if (known === undefined) return null;
      const record: BlockRecord = { type: 'block', function: name, block, arms: known };
      return orientation === true ? { ...record, orientation } : record;
    },
    add({ arms }) {
      lists.unshift(arms);
      lists.length = Math.min(lists.length, MOST_LISTS);
    },
  };
};
