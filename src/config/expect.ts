import { dereference, type Schema } from '@cfworker/json-schema';
import * as v from 'valibot';
import { oneLine } from '../lib/text.ts';
import type { Expectation, JsonSchema } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';
import { closed } from './leaf.ts';
import { type Report, show } from './problems.ts';

const FORMS = 'any, { value: JSON }, or { schema: a JSON Schema }';

const jsonSchema = v.union(
  [v.record(v.string(), v.unknown()), v.boolean()],
  (issue) => `${show(issue.input)}: not accepted; accepted: a JSON Schema`,
);

/** `any`, or a mapping with exactly one of the keys. */
export const expectSchema = () =>
  v.union(
    [v.literal('any'), closed({ value: v.unknown() }), closed({ schema: jsonSchema })],
    (issue) => `${show(issue.input)}: not accepted; accepted: ${FORMS}`,
  );
type ExpectDocument = v.InferOutput<ReturnType<typeof expectSchema>>;

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** The first mistake that validating an answer would only show later, or never; null where there is none. */
const findMistake = (schema: JsonSchema): string | null => {
  let parts: Record<string, Schema | boolean>;
  try {
    parts = dereference(structuredClone(schema) as Schema);
  } catch (error) {
    return oneLine(messageOf(error));
  }
  for (const part of Object.values(parts)) {
    if (typeof part === 'boolean') continue;
    const { $ref, __absolute_ref__: target, type, pattern } = part;
    if ($ref !== undefined && parts[target ?? $ref] === undefined)
      return `$ref: ${show($ref)}: not found; accepted: a part of the same schema, such as #/$defs/item`;
    const unknown = (Array.isArray(type) ? type : [type]).find((one) => one !== undefined && !TYPES.includes(one));
    if (unknown !== undefined) return `type: ${show(unknown)}: not accepted; accepted: ${TYPES.join(', ')}`;
    for (const one of [pattern, ...Object.keys(Object(part.patternProperties))])
      if (one !== undefined && !isPattern(one)) return `pattern: ${show(one)}: not a regular expression`;
  }
  return null;
};

const isPattern = (text: unknown): boolean => {
  try {
    new RegExp(text as string, 'u');
    return typeof text === 'string';
  } catch {
    return false;
  }
};

export const resolveExpect = (document: ExpectDocument | undefined, report: Report): Expectation => {
  if (document === undefined) return { kind: 'success' };
  if (document === 'any') return { kind: 'any' };
  if ('value' in document) return { kind: 'value', value: document.value };
  const mistake = findMistake(document.schema);
  if (mistake !== null) report(['schema'], mistake);
  return { kind: 'schema', schema: document.schema };
};
