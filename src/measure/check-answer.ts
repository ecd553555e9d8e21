/** Whether an answer is as `expect` says. */

import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { canonicalJson } from '../lib/canonical-json.ts';
import { oneLine, shorten } from '../lib/text.ts';
import type { Expectation, JsonSchema } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';

const MAX_REASON = 300;

/** @returns what is wrong with the answer, as part of a sentence; null where it is as expected */
export type AnswerCheck = (answer: unknown) => string | null;

export function createAnswerCheck(expect: Expectation): AnswerCheck {
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
      return checkSchema(expect.schema);
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

const checkSchema = (schema: JsonSchema): AnswerCheck => {
  // The validator writes into the schema that it is given.
  const validator = new Validator(structuredClone(schema) as Schema, draftOf(schema));
  return (answer) => {
    try {
      const { valid, errors } = validator.validate(answer);
      // The last error is the innermost one, of which the others only say that there is one.
      const { instanceLocation = '#', error = 'not valid' } = errors.at(-1) ?? {};
      return valid ? null : shorten(oneLine(`it breaks expect.schema at ${instanceLocation}: ${error}`), MAX_REASON);
    } catch (error) {
      return shorten(oneLine(`expect.schema cannot be applied: ${messageOf(error)}`), MAX_REASON);
    }
  };
};
