import * as v from 'valibot';
import { BadInputError } from '../errors.ts';
import { type BaselineRecord, METRICS, type RunVerdict, type StartPhase } from '../types.ts';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(2000));
/** As in samples: sums of squares stay far below what a number can hold. */
const MAX_COST = 1e15;
const value = v.pipe(v.number(), v.finite(), v.minValue(-MAX_COST), v.maxValue(MAX_COST));
const values = v.pipe(v.array(value), v.maxLength(10_000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const costs = v.pipe(v.array(v.pipe(value, v.minValue(0))), v.maxLength(10_000));
/** For attribution only; `baseline record` writes no more than so many. */
const details = v.pipe(values, v.maxLength(1000));
const PHASES = ['spawned', 'created', 'booted', 'ready', 'first_response'] as const satisfies StartPhase[];

const VERDICTS = ['pass', 'fail', 'inconclusive', 'not-measured'] as const satisfies RunVerdict[];

const deviation = v.pipe(value, v.minValue(0));
const betweenRunsSchema = v.object({ runs: count, ratio: deviation, difference: deviation, control: deviation });
const acceptanceSchema = v.object({ by: name, reason: text, at: v.pipe(v.string(), v.isoTimestamp()) });

const recordSchema = v.object({
  schema: v.literal('isogate.baseline/1'),
  gate: name,
  function: name,
  isolation: name,
  metric: v.picklist(METRICS),
  fingerprint: v.pipe(v.record(name, text), v.maxEntries(500)),
  runId: name,
  attempt: count,
  commit: v.nullable(name),
  recordedAt: v.pipe(v.string(), v.isoTimestamp()),
  verdict: v.exactOptional(v.picklist(VERDICTS)),
  accepted: v.exactOptional(acceptanceSchema),
  betweenRuns: v.exactOptional(betweenRunsSchema),
  blocks: v.object({ ratio: values, difference: values }),
  control: costs,
  treatment: v.exactOptional(details),
  phases: v.exactOptional(v.object(v.entriesFromList(PHASES, v.exactOptional(details)))),
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
