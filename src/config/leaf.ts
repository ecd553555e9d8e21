import * as v from 'valibot';
import { show, suggest } from './problems.ts';

/** Names of gates, functions and isolations, which become parts of file, cgroup and container names. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

interface Issue {
  input: unknown;
  expected: string | null;
}

/** A mapping that accepts only the given keys, and lists them in its messages. */
export const closed = <const T extends v.ObjectEntries>(entries: T) =>
  v.strictObject(entries, (issue: Issue) => {
    const accepted = Object.keys(entries);
    if (issue.expected === 'never') {
      return `unknown key; accepted: ${accepted.join(', ')}${suggest(String(issue.input), accepted)}`;
    }
    if (issue.expected === 'Object')
      return `${show(issue.input)}: must be a mapping; accepted keys: ${accepted.join(', ')}`;
    return 'missing';
  });

/** A whole number within bounds. */
export const whole = (min: number, max: number) => {
  const message = (issue: Issue) =>
    `${show(issue.input)}: not accepted; accepted: a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};

export const flag = () => v.boolean((issue: Issue) => `${show(issue.input)}: not accepted; accepted: true, false`);

/** One of a few words. */
export const word = <const T extends readonly string[]>(words: T) =>
  v.picklist(words, (issue: Issue) => {
    return `${show(issue.input)}: not accepted; accepted: ${words.join(', ')}${suggest(String(issue.input), words)}`;
  });

/** Text of the form that the regular expression and the example describe. */
export const matching = (pattern: RegExp, forms: string) => {
  const message = (issue: Issue) => `${show(issue.input)}: not accepted; accepted: ${forms}`;
  return v.pipe(v.string(message), v.regex(pattern, message));
};

/** Text without control characters, not empty, at most 4096 characters. */
export const text = (what: string) => matching(/^[ -~\u00a0-\uffff]{1,4096}$/, what);

/** A list of at most `max` items. */
export const list = <T extends v.GenericSchema>(item: T, min: number, max: number, what: string) => {
  const message = (issue: Issue) => `${show(issue.input)}: not accepted; accepted: ${what}`;
  return v.pipe(v.array(item, message), v.minLength(min, message), v.maxLength(max, message));
};

/** A program and its arguments. */
export const argv = (what: string) => list(text(what), 1, 256, what);

/** A mapping from names that the user chooses to one kind of value. */
export const named = <T extends v.GenericSchema>(value: T, what: string) =>
  v.record(
    matching(NAME_PATTERN, 'up to 63 letters, digits, dots, dashes and underscores, a letter or digit first'),
    value,
    (issue: Issue) => `${show(issue.input)}: must be a mapping of ${what}`,
  );
