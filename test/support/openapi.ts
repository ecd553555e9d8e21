import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

/**
 * GitHub's published description of its REST API (npm package @octokit/openapi), as a check of requests and answers.
 * The client under test is not generated from it, so that a wrong path, method, parameter or body shows.
 */

type Schema = Record<string, unknown>;
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
interface Content {
  content?: Record<string, { schema: Schema; examples?: Record<string, { value: unknown } | { $ref: string }> }>;
}
interface Operation {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content | { $ref: string }>;
}
interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
}

const file = fileURLToPath(import.meta.resolve('@octokit/openapi/generated/api.github.com.json'));
let loaded: Description | undefined;
const description = (): Description => {
  // OpenAPI 3.0 lets a nullable enumeration be null without listing it; JSON Schema does not.
  loaded ??= JSON.parse(readFileSync(file, 'utf8'), (_key, value) =>
    value?.nullable === true && Array.isArray(value.enum) && !value.enum.includes(null)
      ? { ...value, enum: [...value.enum, null] }
      : value,
  ) as Description;
  return loaded;
};

// Formats and OpenAPI's own keywords are left aside: the shapes are what matters here.
const options = { strict: false, validateFormats: false, allErrors: true };
const ajv = new Ajv(options);
// Parameters travel as text.
const ajvOfText = new Ajv({ ...options, coerceTypes: true });
const compiled = new Map<string, ValidateFunction>();

function follow(pointer: string): unknown {
  const path = pointer.replace(/^#\//, '').split('/');
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], description());
}

const resolved = <T>(value: T | { $ref: string }): T =>
  typeof value === 'object' && value !== null && '$ref' in value ? (follow(value.$ref) as T) : (value as T);

/** Only the components that a schema reaches: compiling all of the description takes long. */
function reach(value: unknown, into: Record<string, unknown>): void {
  for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (name === undefined || name in into) continue;
    into[name] = follow(`#/components/schemas/${name}`);
    reach(into[name], into);
  }
}

function check(key: string, schema: Schema, value: unknown, compiler = ajv): string[] {
  let validate = compiled.get(key);
  if (!validate) {
    const schemas: Record<string, unknown> = {};
    reach(schema, schemas);
    validate = compiler.compile({ ...schema, components: { schemas } });
    compiled.set(key, validate);
  }
  return validate(value) ? [] : (validate.errors ?? []).map((one) => `${key}${one.instancePath} ${one.message}`);
}

export interface Match {
  /** `METHOD /path/{template}`. */
  key: string;
  parameters: Record<string, string>;
  operation: Operation;
}

export function matchOperation(method: string, path: string): Match | null {
  const parts = path.split('/');
  for (const [template, operations] of Object.entries(description().paths)) {
    const operation = operations[method.toLowerCase()];
    const names = template.split('/');
    if (!operation || names.length !== parts.length) continue;
    const parameters: Record<string, string> = {};
    const matches = names.every((name, i) => {
      const part = parts[i] ?? '';
      if (!name.startsWith('{')) return name === part;
      parameters[name.slice(1, -1)] = decodeURIComponent(part);
      return part !== '';
    });
    if (matches) return { key: `${method} ${template}`, parameters, operation };
  }
  return null;
}

/** What a request has that the description does not allow; empty where all is as described. */
export function checkRequest({ key, parameters, operation }: Match, query: URLSearchParams, body: unknown): string[] {
  const described = (operation.parameters ?? []).map((one) => resolved<Parameter>(one));
  const unknown = [...query.keys()].filter((name) => !described.some((one) => one.in === 'query' && one.name === name));
  const wrong = described.flatMap((one) => {
    const value = one.in === 'path' ? parameters[one.name] : query.get(one.name);
    if (one.in === 'header' || value === null || value === undefined)
      return one.required ? [`${key}: ${one.name} missing`] : [];
    return check(`${key}?${one.name}`, { type: 'object', properties: { value: one.schema } }, { value }, ajvOfText);
  });
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const bodyErrors = schema
    ? [...check(`${key} body`, schema, body), ...undescribed(key, schema, body)]
    : body === undefined
      ? []
      : [`${key}: takes no body`];
  return [...unknown.map((name) => `${key}: query ${name} is not described`), ...wrong, ...bodyErrors];
}

const undescribed = (key: string, schema: Schema, body: unknown): string[] =>
  Object.keys((body as object | undefined) ?? {})
    .filter((name) => !(name in ((schema['properties'] as object | undefined) ?? {})))
    .map((name) => `${key}: body has ${name}, which is not described`);

/** What an answer of ours has that GitHub's would not; errors that an operation does not list are basic errors. */
export function checkAnswer({ key, operation }: Match, status: number, body: unknown): string[] {
  const answer = operation.responses[status];
  if (answer === undefined && status < 400) return [`${key}: does not answer ${status}`];
  const schema = answer && resolved<Content>(answer).content?.['application/json']?.schema;
  if (schema === undefined && status < 400) return body === undefined ? [] : [`${key}: ${status} has no content`];
  return check(`${key} → ${status}`, schema ?? { $ref: '#/components/schemas/basic-error' }, body);
}

/** GitHub's own example of an answer, to be filled with a test's state; a copy. */
export function exampleAnswer(key: string, status: number): unknown {
  const [method = '', template = ''] = key.split(' ');
  const answer = description().paths[template]?.[method.toLowerCase()]?.responses[status];
  const examples = answer && resolved<Content>(answer).content?.['application/json']?.examples;
  const [first] = Object.values(examples ?? {});
  if (first === undefined) throw new Error(`${key}: ${status} has no example`);
  return structuredClone(resolved<{ value: unknown }>(first).value);
}
