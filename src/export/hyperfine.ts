import * as v from 'valibot';
import { BadInputError } from '../model/errors.ts';

const MAX_RUNS = 10_000;
/** A day. */
const MAX_SECONDS = 86_400;

const seconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_SECONDS));
const runs = v.array(seconds);
const resultSchema = v.object({
  command: v.string(),
  times: v.optional(v.pipe(runs, v.minLength(1), v.maxLength(MAX_RUNS))),
  exit_codes: v.optional(v.pipe(v.array(v.nullable(v.pipe(v.number(), v.integer()))), v.maxLength(MAX_RUNS))),
});
/** https://github.com/sharkdp/hyperfine: `--export-json`. */
const exportSchema = v.object({ results: v.pipe(v.array(resultSchema), v.minLength(1), v.maxLength(1000)) });

/** One run of the command, as long as it took; null as exit code where a signal ended it. */
export interface HyperfineRun {
  ms: number;
  exitCode: number | null;
}

/** The runs of the one command of an export. @param file what messages call it @throws BadInputError */
export const parseHyperfine = (text: string, file: string): HyperfineRun[] => {
  const refuse = (what: string): never => {
    throw new BadInputError(`${file}: ${what}; accepted: what hyperfine --export-json writes of one command`);
  };
  const parsed = v.safeParse(exportSchema, parseJson(text, refuse));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return refuse(`${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
  }
  const [result, ...others] = parsed.output.results;
  if (others.length > 0) return refuse(`holds ${others.length + 1} commands, each of which is an arm of its own`);
  const { times, exit_codes: codes } = result as v.InferOutput<typeof resultSchema>;
  if (times === undefined) return refuse('results.0.times: missing: the summary alone has no pairs');
  if (codes !== undefined && codes.length !== times.length)
    return refuse(`results.0: ${times.length} times and ${codes.length} exit codes`);
  return times.map((time, index) => ({ ms: time * 1000, exitCode: codes === undefined ? 0 : (codes[index] ?? null) }));
};

const parseJson = (text: string, refuse: (what: string) => never): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('is no JSON');
  }
};
