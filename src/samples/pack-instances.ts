/**
 * Instances as numbers, for files of which not all instances fit into memory as objects: about 120 bytes each. What is unpacked
 * holds what a decision reads: the metrics, the start-up phases, what the host did, failures and answers, but no single round
 * trips, and of the evidence only how the peak of memory was found.
 */

import { METRICS, START_PHASES } from '../model/metrics.ts';
import { HOST_KEYS, INSTANCE_STATUSES, type InstanceRecord } from '../model/samples.ts';
import { numberArms } from './arm-numbers.ts';
import { growingArray } from './growing-array.ts';
import { METRIC_KEYS, metricValue } from './metric-value.ts';

type Place = Pick<InstanceRecord, 'function' | 'block' | 'isolation' | 'arm' | 'revision'>;

export interface PackedInstances {
  count(): number;
  add(record: InstanceRecord, line: number): void;
  functions(): string[];
  /** The place in the file of the function's first instance in such a block; infinite where there is none. */
  firstOf(functionName: string, isKept: (block: number) => boolean): number;
  /** In the order of the file. */
  unpack(functionName: string): InstanceRecord[];
  /** The line of an instance that has been added. */
  findLine(place: Place): number | null;
}

/** What only some instances have. */
type Rest = Pick<InstanceRecord, 'phase' | 'error' | 'emulated' | 'answers' | 'evidence'>;

const restOf = ({ phase, error, emulated, answers, evidence }: InstanceRecord): Rest | null => {
  const peak = evidence?.host['memory_peak'];
  const rest: Rest = {
    ...(phase !== undefined && { phase }),
    ...(error !== undefined && { error }),
    ...(emulated !== undefined && { emulated }),
    ...(answers !== undefined && { answers }),
    ...(peak !== undefined && { evidence: { host: { memory_peak: peak }, guest: {}, contradictions: [] } }),
  };
  return Object.keys(rest).length === 0 ? null : rest;
};

/** Most instances of a function answer alike, so what they have in common is kept once. */
const keepRests = (): { put(rest: Rest | null): number; at(index: number): Rest | undefined } => {
  const rests: Rest[] = [];
  const known = new Map<string, number>();
  return {
    /** 0 stands for none. */
    put(rest) {
      if (rest === null) return 0;
      const key = JSON.stringify(rest);
      const before = known.get(key);
      if (before !== undefined) return before;
      if (known.size >= MOST_KNOWN) known.clear();
      const index = rests.push(rest);
      known.set(key, index);
      return index;
    },
    at: (index) => rests[index - 1],
  };
};
const MOST_KNOWN = 1000;

/** Numbers of a row, in their order. */
const ROW = { block: 0, position: 1, line: 2, arm: 3, status: 4, present: 5, values: 6, rest: 7 } as const;
const ROW_LENGTH = 8;

const STATUS_NUMBERS = new Map(INSTANCE_STATUSES.map((status, index) => [status, index]));

export const packInstances = (): PackedInstances => {
  const rows = growingArray((length) => new Uint32Array(length));
  const values = growingArray((length) => new Float64Array(length));
  const arms = numberArms();
  const rests = keepRests();
  /** By function the first and the last + 1 of each series of its rows. */
  const series = new Map<string, number[]>();
  let count = 0;

  const pushValues = (record: InstanceRecord): number => {
    let present = 0;
    let bit = 1;
    const put = (value: number | null | undefined): void => {
      if (value != null) {
        values.push(value);
        present |= bit;
      }
      bit <<= 1;
    };
    for (const metric of METRICS) put(metricValue(record, metric));
    for (const phase of START_PHASES) put(record.phases_ms[phase]);
    for (const key of HOST_KEYS) put(record.host?.[key]);
    return present;
  };

  const unpackRow = (row: number, name: string): InstanceRecord => {
    const from = row * ROW_LENGTH;
    const present = rows.at(from + ROW.present);
    let next = rows.at(from + ROW.values);
    let bit = 1;
    const take = (): number | null => {
      const value = (present & bit) === 0 ? null : values.at(next++);
      bit <<= 1;
      return value;
    };
    const metrics: Record<string, number> = {};
    for (const metric of METRICS) {
      const value = take();
      if (value !== null) metrics[METRIC_KEYS[metric]] = value;
    }
    const phases_ms = { spawned: take(), created: take(), booted: take(), ready: take(), first_response: take() };
    let host: Record<string, number> | undefined;
    for (const key of HOST_KEYS) {
      const value = take();
      if (value === null) continue;
      host ??= {};
      host[key] = value;
    }
    const { isolation, arm, revision } = arms.at(rows.at(from + ROW.arm));
    return {
      type: 'instance',
      block: rows.at(from + ROW.block),
      position: rows.at(from + ROW.position),
      function: name,
      revision,
      isolation,
      arm,
      status: INSTANCE_STATUSES[rows.at(from + ROW.status)] ?? 'ok',
      phases_ms,
      metrics,
      repeat: 1,
      warmup_ms: [],
      latency_ms: [],
      ...(host !== undefined && { host }),
      ...rests.at(rows.at(from + ROW.rest)),
    };
  };

  function* rowsOf(name: string): Generator<number> {
    const own = series.get(name) ?? [];
    for (let index = 0; index < own.length; index += 2)
      for (let row = own[index] as number; row < (own[index + 1] as number); row += 1) yield row;
  }

  return {
    count: () => count,
    add(record, line) {
      const own = series.get(record.function) ?? [];
      if (own.length === 0) series.set(record.function, own);
      if (own.at(-1) === count) own[own.length - 1] = count + 1;
      else own.push(count, count + 1);
      count += 1;
      const start = values.length;
      const present = pushValues(record);
      rows.push(record.block);
      rows.push(record.position);
      rows.push(line);
      rows.push(arms.of(record));
      rows.push(STATUS_NUMBERS.get(record.status) ?? 0);
      rows.push(present);
      rows.push(start);
      rows.push(rests.put(restOf(record)));
    },
    functions: () => [...series.keys()],
    firstOf(name, isKept) {
      for (const row of rowsOf(name)) if (isKept(rows.at(row * ROW_LENGTH + ROW.block))) return row;
      return Number.POSITIVE_INFINITY;
    },
    unpack(name) {
      const records: InstanceRecord[] = [];
      for (const row of rowsOf(name)) records.push(unpackRow(row, name));
      return records;
    },
    findLine({ function: name, block, ...arm }) {
      const number = arms.of(arm);
      for (const row of rowsOf(name)) {
        const from = row * ROW_LENGTH;
        if (rows.at(from + ROW.block) === block && rows.at(from + ROW.arm) === number) return rows.at(from + ROW.line);
      }
      return null;
    },
  };
};
