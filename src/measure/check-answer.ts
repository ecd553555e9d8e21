/** Whether an answer is as `expect` says. */

import { createContext, Script } from 'node:vm';
import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { canonicalJson } from '../lib/canonical-json.ts';
import { oneLine, shorten } from '../lib/text.ts';
import type { Expectation, JsonSchema } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';

const MAX_REASON = 300;
/** How long a schema may take on one answer. */
const SCHEMA_MS = 5000;

/** @returns what is wrong with the answer, as part of a sentence; null where it is as expected */
export type AnswerCheck = (answer: unknown) => string | null;

export function createAnswerCheck(expect: Expectation, schemaMs = SCHEMA_MS): AnswerCheck {
  switch (expect.kind) {
    case 'any':
      return () => null;
    case 'success':
      return checkStatus;
    case 'value': {
      const expected = canonicalJson(expect.value);
      return (answer) => (canonicalJson(answer) === expected ? null : `it is not ${shorten(expected, MAX_REASON)}`);
    }
    case 'schema':
      return checkSchema(expect.schema, schemaMs);
  }
}

/** An error that is answered instead of thrown, as web frameworks do. */
const checkStatus: AnswerCheck = (answer) => {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return null;
  const { statusCode } = answer as { statusCode?: unknown };
  return typeof statusCode === 'number' && !(statusCode < 400) ? `statusCode ${statusCode} is not below 400` : null;
};

/** What `$schema` names, by the year or number in it. */
const DRAFTS: [RegExp, SchemaDraft][] = [
  [/draft-04/, '4'],
  [/draft-0[67]/, '7'],
  [/2019-09/, '2019-09'],
];

const draftOf = (schema: JsonSchema): SchemaDraft => {
  const named = typeof schema === 'object' ? String(schema['$schema'] ?? '') : '';
  return DRAFTS.find(([pattern]) => pattern.test(named))?.[1] ?? '2020-12';
};

/**
 * The answer is the function's, and a pattern may take exponential and uniqueItems quadratic time with it. A script's
 * deadline ends all that it calls, also outside of its context and within a regular expression.
 */
const CALL = new Script('call()');

/** The same function with a deadline. A context is made once, since to make one takes as long as many small checks. */
function inTime<A, T>(run: (argument: A) => T, timeoutMs: number): (argument: A) => T {
  const scope: { call?: () => T } = {};
  const context = createContext(scope);
  return (argument) => {
    scope.call = () => run(argument);
    try {
      return CALL.runInContext(context, { timeout: timeoutMs }) as T;
    } finally {
      delete scope.call;
    }
  };
}

const isTooLate = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

const checkSchema = (schema: JsonSchema, timeoutMs: number): AnswerCheck => {
  // The validator writes into the schema that it is given.
  const validator = new Validator(structuredClone(schema) as Schema, draftOf(schema));
  const validate = inTime((answer: unknown) => validator.validate(answer), timeoutMs);
  return (answer) => {
    try {
      const { valid, errors } = validate(answer);
      // The last error is the innermost one, of which the others only say that there is one.
      const { instanceLocation = '#', error = 'not valid' } = errors.at(-1) ?? {};
      return valid ? null : shorten(oneLine(`it breaks expect.schema at ${instanceLocation}: ${error}`), MAX_REASON);
    } catch (error) {
      if (isTooLate(error)) return `expect.schema took longer than ${timeoutMs} ms on this answer`;
      return shorten(oneLine(`expect.schema cannot be applied: ${messageOf(error)}`), MAX_REASON);
    }
  };
};
