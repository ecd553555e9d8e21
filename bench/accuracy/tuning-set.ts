import { readFileSync } from 'node:fs';
import { center, Sample } from 'pragmastat';
import { median } from 'simple-statistics';
import * as v from 'valibot';
import type { PairedCosts } from './paired-costs.ts';

const values = v.pipe(v.array(v.pipe(v.number(), v.finite(), v.gtValue(0))), v.minLength(1));

const logsSchema = v.array(
  v.object({
    name: v.pipe(v.string(), v.minLength(1)),
    injectedPercent: v.number(),
    pairs: v.pipe(v.array(v.object({ control: values, treatment: values })), v.minLength(1)),
  }),
);

/** One log of pairs that were measured in turn; values in milliseconds. */
export type PairedLog = v.InferOutput<typeof logsSchema>[number];

/** @throws Error naming the file and the key that is not as it must be */
export const parsePairs = (text: string, source: string): PairedLog[] => {
  const result = v.safeParse(logsSchema, JSON.parse(text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${source}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
};

/** @throws Error if the file cannot be read, or as `parsePairs` */
export const readPairs = (file: string): PairedLog[] => parsePairs(readFileSync(file, 'utf8'), file);

/** A pair is a block: the medians inside it. */
export const costsOf = ({ pairs }: PairedLog): PairedCosts => ({
  control: pairs.map(({ control }) => median(control)),
  treatment: pairs.map(({ treatment }) => median(treatment)),
});

/** What treatment ÷ control must be multiplied with for the log's own Hodges–Lehmann centre to be `factor`. */
export const factorTo = (logRatios: number[], factor: number): number =>
  factor / Math.exp(center(Sample.of(logRatios)).value);

/** Contiguous blocks from `start`: neighbours stay neighbours. */
export const windowOf = ({ control, treatment }: PairedCosts, start: number, count: number): PairedCosts => ({
  control: control.slice(start, start + count),
  treatment: treatment.slice(start, start + count),
});
