/** One finished run of a case, and the file that keeps them, one JSON object a line: an interrupted bench goes on from it. */

import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { METRICS } from '../../src/model/metrics.ts';

const MAX_BYTES = 256 * 2 ** 20;

const number = v.pipe(v.number(), v.finite());
const orNull = v.nullable(number);
const text = v.pipe(v.string(), v.maxLength(1000));
const verdict = v.picklist(['pass', 'fail', 'inconclusive', 'not-measured']);

const comparisonSchema = v.object({
  function: text,
  isolation: text,
  metric: v.picklist(METRICS),
  verdict,
  /** Of the same samples against a limit of +0 %, for orientation. */
  atZero: verdict,
  scale: v.picklist(['ratio', 'difference']),
  /** Factors, or milliseconds. */
  limit: number,
  estimate: orNull,
  lower: orNull,
  upper: orNull,
  blocks: number,
  /** Costs of each block that has both, in milliseconds. */
  control: v.array(number),
  treatment: v.array(number),
});

const runSchema = v.object({
  schema: v.literal('isogate.bench-live/1'),
  case: text,
  /** `measure.time`, and the other keys of `measure` as JSON: runs with others are another bench's. */
  time: text,
  measure: text,
  run: number,
  seed: number,
  /** ISO 8601. */
  measuredAt: text,
  verdict,
  ended: text,
  /** Of measuring, all functions together. */
  seconds: number,
  loadBefore: number,
  workFactor: number,
  coldExtraMs: number,
  /** Measured on the control before the run; null where nothing is added to it. */
  realised: v.object({
    /** Factor of the latency. */
    latency: orNull,
    /** Of the first call, in milliseconds. */
    extraMs: orNull,
  }),
  comparisons: v.array(comparisonSchema),
});
export type LiveRun = v.InferOutput<typeof runSchema>;
export type LiveComparison = LiveRun['comparisons'][number];

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

/** What ended in the middle of a line is left out; the next append starts a line of its own. @throws Error with file and line */
export function readRuns(path: string): LiveRun[] {
  if (!existsSync(path)) return [];
  if (statSync(path).size > MAX_BYTES) throw new Error(`${path}: over ${MAX_BYTES} bytes, the most accepted`);
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const value = line === '' ? null : parseLine(line);
      if (value === null) return [];
      const parsed = v.safeParse(runSchema, value);
      if (!parsed.success)
        throw new Error(`${path}:${index + 1}: ${v.getDotPath(parsed.issues[0])}: ${parsed.issues[0].message}`);
      return [parsed.output];
    });
}

/** On disk when it returns. */
export function appendRun(path: string, run: LiveRun): void {
  const isTorn = existsSync(path) && !/^$|\n$/.test(readFileSync(path, 'utf8').slice(-1));
  const file = openSync(path, 'a');
  try {
    appendFileSync(file, `${isTorn ? '\n' : ''}${JSON.stringify(run)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
