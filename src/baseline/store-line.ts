/** The lines of a baseline store: runs and pins, as JSON. */

import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { groupBy } from '../lib/group-by.ts';
import type { BaselinePin, BaselineRecord } from '../model/baseline.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import { acceptanceEntries, blockEntries, runEntries, summarySchema } from '../samples/baseline-record-schema.ts';

/** Size of one line's blocks after unpacking. Ten thousand blocks of all metrics are less. */
const MAX_RAW_BYTES = 16 * 2 ** 20;
const MAX_LINE_CHARACTERS = 4 * 2 ** 20;
/** A measured number has no more significant digits. */
const DIGITS = 9;

const byMetric = <T extends v.GenericSchema>(schema: T) =>
  v.object(v.entriesFromList(METRICS, v.exactOptional(schema)));

const runSchema = v.object({
  schema: v.literal('isogate.baseline/1'),
  ...runEntries,
  metrics: byMetric(summarySchema),
  raw: v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_RAW_BYTES))),
});
const rawSchema = byMetric(v.object(blockEntries));

const pinSchema = v.object({
  schema: v.literal('isogate.pin/1'),
  gate: runEntries.gate,
  runId: runEntries.runId,
  attempt: runEntries.attempt,
  commit: runEntries.commit,
  ...acceptanceEntries,
});

/** One function under one isolation in one run, with all its metrics. */
export type StoredRun = v.InferOutput<typeof runSchema>;
export type StoreLine = StoredRun | BaselinePin;
type Raw = v.InferOutput<typeof rawSchema>;

export const isRun = (line: StoreLine | null): line is StoredRun => line !== null && 'metrics' in line;

/** One line from untrusted data; null where it is neither a run nor a pin. */
export const parseLine = (text: string): StoreLine | null => {
  if (text.length > MAX_LINE_CHARACTERS) return null;
  try {
    const data: unknown = JSON.parse(text);
    const schema = (data as { schema?: unknown }).schema === 'isogate.pin/1' ? pinSchema : runSchema;
    return v.parse(schema, data);
  } catch {
    return null;
  }
};

/** Identifies a run: pins and accepted runs are found by it. */
export const runKey = ({ runId, attempt }: { runId: string; attempt: number }): string =>
  JSON.stringify([runId, attempt]);

const roundNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;

/** Gzip in base64: `jq -r .raw | base64 -d | gunzip` shows it. */
const pack = (raw: Raw): string => gzipSync(JSON.stringify(raw, roundNumber), { level: 9 }).toString('base64');

/** @throws Error where it is larger than any run, or not of the right shape */
const unpack = (packed: string): Raw =>
  v.parse(
    rawSchema,
    JSON.parse(gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MAX_RAW_BYTES }).toString()),
  );

/** @throws Error where a record has no summary */
export const toStoredRuns = (records: readonly BaselineRecord[]): StoredRun[] => {
  const groups = groupBy(records, ({ gate, runId, attempt, function: name, isolation }) =>
    JSON.stringify([gate, runId, attempt, name, isolation]),
  );
  return [...groups.values()].map((group) => {
    const [{ schema, metric: _, summary: __, betweenRuns: ___, blocks: ____, control, treatment, phases, ...run }] =
      group as [BaselineRecord];
    const metrics = Object.fromEntries(group.map((one) => [one.metric, one.summary]));
    const raw = Object.fromEntries(
      group.map((one) => [
        one.metric,
        {
          blocks: one.blocks,
          control: one.control,
          ...(one.treatment && { treatment: one.treatment }),
          ...(one.phases && { phases: one.phases }),
        },
      ]),
    );
    return v.parse(runSchema, JSON.parse(JSON.stringify({ schema, ...run, metrics, raw: pack(raw) }, roundNumber)));
  });
};

/** The records of one line. Without `raw` they hold no blocks, only the run's summary. @throws Error */
export const fromStoredRun = ({ metrics, raw, ...run }: StoredRun): BaselineRecord[] => {
  const blocks: Raw = raw === undefined ? {} : unpack(raw);
  return (Object.entries(metrics) as [Metric, NonNullable<BaselineRecord['summary']>][]).map(([metric, summary]) => ({
    ...run,
    metric,
    summary,
    ...(blocks[metric] ?? { blocks: { ratio: [], difference: [] }, control: [] }),
  }));
};
