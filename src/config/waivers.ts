import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { readBounded } from '../lib/read-bounded.ts';
import { oneLine } from '../lib/text.ts';
import type { Waiver } from '../model/config.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { METRICS } from '../model/metrics.ts';
import { GATE_NAME } from './gate-name.ts';
import { closed, list, matching, NAME_PATTERN, text, word } from './leaf.ts';
import { parseLimit } from './limits.ts';
import { parseYaml } from './parse-yaml.ts';
import { listProblems, problemsError, show } from './problems.ts';
import { isInside } from './workspace.ts';

/** Where a repository keeps its waivers, relative to its top. */
export const WAIVERS_FILE = '.isogate/waivers.yml';
const MAX_WAIVERS = 500;
/** Characters of a text that is shown in the comment of every run. */
const MAX_WORDS = 500;

const isDay = (value: string): boolean => {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
};
const dayMessage = (issue: { input: unknown }) =>
  `${show(issue.input)}: not a day; accepted: the last day on which it holds, as "2027-01-31"`;
const name = (what: string) => matching(NAME_PATTERN, what);
const words = (what: string) =>
  v.pipe(
    text(`${what}, on one line`),
    v.maxLength(MAX_WORDS, `longer than ${MAX_WORDS} characters; accepted: ${what}, shorter`),
  );

const waiverSchema = closed({
  gate: v.optional(matching(GATE_NAME, 'the name of a gate, where the repository has several')),
  function: name('the name of a function'),
  isolation: name('the name of an isolation'),
  metric: word([...METRICS, 'control']),
  kind: v.optional(word(['budget', 'regression']), 'budget'),
  limit: text('the limit in its place, such as +30% or +20ms'),
  reason: words('why it is wanted'),
  owner: words('who answers for it'),
  expires: v.pipe(v.string(dayMessage), v.regex(/^\d{4}-\d{2}-\d{2}$/, dayMessage), v.check(isDay, dayMessage)),
});
const fileSchema = closed({
  waivers: list(waiverSchema, 0, MAX_WAIVERS, `a list of at most ${MAX_WAIVERS} waivers`),
});

/**
 * The waivers of one gate: those that name it, and those that name no gate.
 * @param source what messages call the file
 * @throws BadInputError `FILE:LINE: KEY: VALUE: …; accepted: …`
 */
export const parseWaivers = (yaml: string, source: string, gate: string): Waiver[] => {
  const { value, lines } = parseYaml(yaml, oneLine(source));
  const parsed = v.safeParse(fileSchema, value, { abortPipeEarly: true });
  const problems = listProblems(parsed.issues);
  if (!parsed.success) throw problemsError(problems, oneLine(source), lines);
  const waivers = parsed.output.waivers.map(({ gate: own, limit, ...waiver }, index) => {
    try {
      return { own, waiver: { ...waiver, limit: parseLimit(limit, waiver.metric) } };
    } catch (error) {
      if (error instanceof BadInputError)
        problems.push({ path: ['waivers', index, 'limit'], message: messageOf(error) });
      return null;
    }
  });
  if (problems.length > 0) throw problemsError(problems, oneLine(source), lines);
  return waivers.flatMap((one) => (one !== null && (one.own ?? gate) === gate ? [one.waiver] : []));
};

const MAX_BYTES = 64 * 1024;

/**
 * The waivers of the working tree; none where it has no such file.
 * @param workspace real path of the repository's top
 * @throws BadInputError one line that names file, line, key, value and what is accepted
 */
export const loadWaivers = (workspace: string, gate: string): Waiver[] => {
  const path = join(workspace, WAIVERS_FILE);
  if (!existsSync(path)) return [];
  const file = realpathSync(path);
  if (!isInside(workspace, file))
    throw new BadInputError(`${WAIVERS_FILE}: leads to ${file}, outside the workspace ${workspace}`);
  return parseWaivers(readBounded(file, MAX_BYTES, WAIVERS_FILE), WAIVERS_FILE, gate);
};
