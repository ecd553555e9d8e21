import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemaText } from '../../scripts/json-schema.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const SCHEMA = 'docs/reference/isogate.schema.json';
const CONFIGS = ['examples/isogate.yml', ...globSync(['fixtures/isogate.yml', 'fixtures/budgets/*.yml'])];

const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const errorsOf = (document: unknown): string[] => {
  validate(document);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.keyword}`);
};

test('the committed schema is the one that the sources give', () => {
  expect(readFileSync(SCHEMA, 'utf8')).toBe(jsonSchemaText());
});

test('every key of the schema is explained', () => {
  const { properties } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
  const entries = (object: object): [string, { description?: string }][] => Object.entries(object);
  const groups = [
    properties,
    properties.functions.additionalProperties.properties,
    properties.isolations.additionalProperties.anyOf[0].properties,
    properties.resources.properties,
    properties.measure.properties,
  ];
  for (const [key, { description }] of groups.flatMap(entries)) expect(`${key}: ${description}`).toMatch(/: .{10,}\.$/);
});

describe.each(CONFIGS)('%s', (file) => {
  const document = parse(readFileSync(file, 'utf8'));

  test('is valid by the schema', () => {
    expect(errorsOf(document)).toEqual([]);
  });

  test('can be loaded, and its effective document is valid too', async () => {
    const config = await loadConfig(file, { checkPaths: file.startsWith('fixtures/') });
    expect(config.functions.map(({ name }) => name)).toEqual(Object.keys(document.functions));
    expect(errorsOf(config.document)).toEqual([]);
  });
});

const WITH = { functions: { f: { command: ['./f'] } }, isolations: { native: {}, runc: null } };
test.each([
  [{ ...WITH, budget: {} }, ' additionalProperties'],
  [{ isolations: {} }, ' required'],
  [{ ...WITH, budgets: { runc: { latency: '5%' } } }, '/budgets/runc/latency pattern'],
  [{ ...WITH, budgets: { runc: { memory: '+30ms' } } }, '/budgets/runc/memory pattern'],
  [{ ...WITH, measure: { min_blocks: 0 } }, '/measure/min_blocks minimum'],
  [{ ...WITH, fail_on: ['fial'] }, '/fail_on/0 enum'],
])('the schema refuses %j', (document, error) => {
  expect(errorsOf(document)).toEqual([error]);
});
