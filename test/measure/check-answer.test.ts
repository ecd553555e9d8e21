import { describe, expect, it } from 'vitest';
import { createAnswerCheck } from '../../src/measure/check-answer.ts';
import type { Expectation } from '../../src/model/config.ts';

const check = (expected: Expectation, answer: unknown) => createAnswerCheck(expected)(answer);

describe('without expect', () => {
  it.each([200, 204, 302, 399])('statusCode %d is a success', (statusCode) => {
    expect(check({ kind: 'success' }, { statusCode, body: '' })).toBeNull();
  });

  it.each([400, 404, 500, 599])('statusCode %d is not', (statusCode) => {
    expect(check({ kind: 'success' }, { statusCode, body: '' })).toBe(`statusCode ${statusCode} is not below 400`);
  });

  it.each([null, 500, 'statusCode', [{ statusCode: 500 }], { status: 500 }, { statusCode: '500' }])(
    '%j says nothing of a status',
    (answer) => {
      expect(check({ kind: 'success' }, answer)).toBeNull();
    },
  );

  it('any answer will do with any', () => {
    expect(check({ kind: 'any' }, { statusCode: 500 })).toBeNull();
  });
});

describe('a value', () => {
  const expected: Expectation = { kind: 'value', value: { total: 3, items: ['a'] } };

  it('is met whatever the order of keys, and by a float that prints equally', () => {
    expect(check(expected, JSON.parse('{"items":["a"],"total":3.0}'))).toBeNull();
  });

  it('is met by nothing else', () => {
    expect(check(expected, { total: 3, items: [] })).toBe('it is not {"items":["a"],"total":3}');
    expect(check({ kind: 'value', value: null }, undefined)).toBeNull();
    expect(check({ kind: 'value', value: 1 }, '1')).toBe('it is not 1');
  });
});

describe('a JSON Schema', () => {
  const schema = {
    type: 'object',
    required: ['total'],
    properties: { total: { type: 'integer', minimum: 1 }, items: { type: 'array', items: { $ref: '#/$defs/item' } } },
    $defs: { item: { type: 'string', pattern: '^[a-z]+$' } },
  };

  it.each([{ total: 1 }, { total: 2, items: ['a', 'b'], more: true }])('%j meets it', (answer) => {
    expect(check({ kind: 'schema', schema }, answer)).toBeNull();
  });

  it.each([
    [{}, /^it breaks expect\.schema at #: .*total/],
    [{ total: 0 }, /^it breaks expect\.schema at #\/total: 0 is less than 1\.$/],
    [{ total: 1, items: ['a', 'B'] }, /^it breaks expect\.schema at #\/items\/1: String does not match pattern/],
    ['text', /^it breaks expect\.schema at #: Instance type "string" is invalid\. Expected "object"\.$/],
  ])('%j breaks it, with the place', (answer, message) => {
    expect(check({ kind: 'schema', schema }, answer)).toMatch(message);
  });

  it('is read as the draft that it names', () => {
    const exclusive = { minimum: 1, exclusiveMinimum: true };
    const named = { $schema: 'http://json-schema.org/draft-04/schema#', ...exclusive };
    expect(check({ kind: 'schema', schema: named }, 1)).toBe(
      'it breaks expect.schema at #: 1 is less than or equal to  1.',
    );
  });

  it('that refers to itself without end is an answer that cannot be checked, not the end of the run', () => {
    expect(check({ kind: 'schema', schema: { $ref: '#' } }, 1)).toMatch(/^expect\.schema cannot be applied: /);
  });

  it.each([
    ['a pattern that is exponential', { pattern: '^(\\w+\\s?)*$' }, `${'a'.repeat(60)}!`],
    ['uniqueItems, which is quadratic', { uniqueItems: true }, Array.from({ length: 200_000 }, (_, id) => ({ id }))],
  ])('%s, is ended at a deadline and checks later answers', (_, schema, answer) => {
    const checkInTime = createAnswerCheck({ kind: 'schema', schema }, 100);
    expect(checkInTime(answer)).toBe('expect.schema took longer than 100 ms on this answer');
    expect(checkInTime([])).toBeNull();
  });

  it('is left as it was, as the samples hold it', () => {
    const text = JSON.stringify(schema);
    check({ kind: 'schema', schema }, {});
    expect(JSON.stringify(schema)).toBe(text);
    expect(Object.getOwnPropertyNames(schema)).toEqual(Object.keys(schema));
  });
});
