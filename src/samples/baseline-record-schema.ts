import * as v from 'valibot';
import type { BaselineRecord } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import { METRICS, type RunVerdict, START_PHASES } from '../model/metrics.ts';
import { cost, nameSchema as name, signed } from './samples-schema.ts';

const text = v.pipe(v.string(), v.maxLength(2000));
const values = v.pipe(v.array(signed), v.maxLength(10_000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const costs = v.pipe(v.array(cost), v.maxLength(10_000));
/** Values that only attribution reads. A record never holds more. */
const details = v.pipe(values, v.maxLength(1000));
const VERDICTS = ['pass', 'fail', 'inconclusive', 'not-measured'] as const satisfies RunVerdict[];

const instant = v.pipe(v.string(), v.isoTimestamp());
export const acceptanceEntries = { by: name, reason: text, at: instant };

/** Which run a record is of, and what it is a record of. */
export const runEntries = {
  gate: name,
  function: name,
  isolation: name,
  fingerprint: v.pipe(v.record(name, text), v.maxEntries(500)),
  runId: name,
  attempt: count,
  commit: v.nullable(name),
  recordedAt: instant,
  verdict: v.exactOptional(v.picklist(VERDICTS)),
  accepted: v.exactOptional(v.object(acceptanceEntries)),
};

/** One value for each block. */
export const blockEntries = {
  blocks: v.object({ ratio: values, difference: values }),
  control: costs,
  treatment: v.exactOptional(details),
  phases: v.exactOptional(v.object(v.entriesFromList(START_PHASES, v.exactOptional(details)))),
};

const bound = v.nullable(signed);
const bounds = v.nullable(v.object({ estimate: bound, lower: bound, upper: bound }));
export const summarySchema = v.object({
  blocks: count,
  ratio: bounds,
  difference: bounds,
  control: cost,
  treatment: v.nullable(cost),
});

const betweenRunsSchema = v.object({ runs: count, ratio: cost, difference: cost, control: cost });

const recordSchema = v.object({
  schema: v.literal('isogate.baseline/1'),
  ...runEntries,
  metric: v.picklist(METRICS),
  summary: v.exactOptional(summarySchema),
  betweenRuns: v.exactOptional(betweenRunsSchema),
  ...blockEntries,
});

/** One baseline record from untrusted data. @throws BadInputError naming the key, the value and what is accepted */
export const parseBaselineRecord = (data: unknown): BaselineRecord => {
  const result = v.safeParse(recordSchema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? 'record';
  throw new BadInputError(
    `${key}: ${issue.received} is not a baseline record's; accepted: ${issue.expected ?? 'see docs'}`,
  );
};
