/** Expected answers of functions, in which marks stand for what differs from call to call. */

export type Expected = string | number | boolean | null | Expected[] | { [key: string]: Expected };

const PATTERN = '<matches> ';

/**
 * The answer with `expected` in place of every part that agrees with it. So the result is equal to `expected` exactly if
 * the whole answer agrees, and otherwise shows where it does not.
 *
 * @param expected JSON in which `"<number>"` stands for any number from 0, and `"<matches> PATTERN"` for a string that
 *   the regular expression matches
 */
export function matchAnswer(answer: unknown, expected: Expected): unknown {
  if (expected === '<number>') return typeof answer === 'number' && answer >= 0 ? expected : answer;
  if (typeof expected === 'string' && expected.startsWith(PATTERN)) {
    const pattern = new RegExp(expected.slice(PATTERN.length));
    return typeof answer === 'string' && pattern.test(answer) ? expected : answer;
  }
  if (typeof expected !== 'object' || expected === null || typeof answer !== 'object' || answer === null) return answer;
  if (Array.isArray(expected))
    return Array.isArray(answer) ? answer.map((part, index) => matchAnswer(part, expected[index] ?? null)) : answer;
  if (Array.isArray(answer)) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([key, part]) => [key, matchAnswer(part, expected[key] ?? null)]),
  );
}
