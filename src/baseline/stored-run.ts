import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { BaselineRecord } from '../model/baseline.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import { blockEntries, runEntries, summarySchema } from '../samples/record-schema.ts';

/** Inflated, of one line: ten thousand blocks of all metrics are less. */
const MAX_RAW_BYTES = 16 * 2 ** 20;
/** A measured number has no more. */
const DIGITS = 9;

const metricsOf = <T extends v.GenericSchema>(schema: T) =>
  v.object(v.entriesFromList(METRICS, v.exactOptional(schema)));

const lineSchema = v.object({
  schema: v.literal('isogate.baseline/1'),
  ...runEntries,
  metrics: metricsOf(summarySchema),
  raw: v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_RAW_BYTES))),
});
const rawSchema = metricsOf(v.object(blockEntries));

/** One line of a store: one function under one isolation in one run, all its metrics. */
export type StoredRun = v.InferOutput<typeof lineSchema>;
type Raw = v.InferOutput<typeof rawSchema>;

const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;

/** Gzip in base64: `jq -r .raw | base64 -d | gunzip` shows it. */
const pack = (raw: Raw): string => gzipSync(JSON.stringify(raw, short), { level: 9 }).toString('base64');

/** @throws Error where it is larger than any run, or not what it should be */
const unpack = (packed: string): Raw =>
  v.parse(
    rawSchema,
    JSON.parse(gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MAX_RAW_BYTES }).toString()),
  );

const keyOf = ({ gate, runId, attempt, function: name, isolation }: BaselineRecord): string =>
  JSON.stringify([gate, runId, attempt, name, isolation]);

/** Records without a summary cannot be stored. */
export const toStoredRuns = (records: readonly BaselineRecord[]): StoredRun[] => {
  const groups = new Map<string, BaselineRecord[]>();
  for (const record of records) groups.set(keyOf(record), [...(groups.get(keyOf(record)) ?? []), record]);
  return [...groups.values()].map((group) => {
    const [{ schema, metric: _, summary: __, betweenRuns: ___, blocks: ____, control, treatment, phases, ...run }] =
      group as [BaselineRecord];
    const metrics = Object.fromEntries(group.map((one) => [one.metric, one.summary]));
    const raw = Object.fromEntries(
      group.map((one) => [
        one.metric,
        {
          ...{ blocks: one.blocks, control: one.control },
          ...(one.treatment && { treatment: one.treatment }),
          ...(one.phases && { phases: one.phases }),
        },
      ]),
    );
    return v.parse(lineSchema, JSON.parse(JSON.stringify({ schema, ...run, metrics, raw: pack(raw) }, short)));
  });
};

/** One parsed line, from untrusted data. @throws Error where it is none */
export const parseStoredRun = (data: unknown): StoredRun => v.parse(lineSchema, data);

/** The records of one line; without `raw` they hold no blocks, only what the run's middle was. @throws Error */
export const fromStoredRun = ({ metrics, raw, ...run }: StoredRun): BaselineRecord[] => {
  const blocks: Raw = raw === undefined ? {} : unpack(raw);
  return (Object.entries(metrics) as [Metric, NonNullable<BaselineRecord['summary']>][]).map(([metric, summary]) => ({
    ...run,
    metric,
    summary,
    ...(blocks[metric] ?? { blocks: { ratio: [], difference: [] }, control: [] }),
  }));
};
