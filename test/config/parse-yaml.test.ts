import { expect, test } from 'vitest';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { failure } from './workspace-fixture.ts';

const YAML = `a:
  b: 1
  c: [x,
      {d: 2}]
e: &anchor
  f: 3
g: *anchor
`;

test('values come with the lines of their keys', () => {
  const { value, lines } = parseYaml(YAML, 'x.yml');
  expect(value).toEqual({ a: { b: 1, c: ['x', { d: 2 }] }, e: { f: 3 }, g: { f: 3 } });
  expect(lines(['a'])).toBe(1);
  expect(lines(['a', 'b'])).toBe(2);
  expect(lines(['a', 'c', 1])).toBe(4);
  expect(lines(['a', 'c', 1, 'd'])).toBe(4);
  expect(lines(['g', 'f'])).toBe(6);
});

test('a key that is not there has the line of its parent', () => {
  expect(parseYaml(YAML, 'x.yml').lines(['e', 'missing', 'deeper'])).toBe(5);
});

test('a key named like what every object has is an own key', () => {
  const { value } = parseYaml('__proto__: {a: 1}', 'x.yml');
  expect(Object.keys(value as object)).toEqual(['__proto__']);
  expect((value as { a?: number }).a).toBeUndefined();
});

const nested = (levels: number): string => {
  const anchors = Array.from({ length: levels }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`);
  return `l0: &l0 [x]\n${anchors.join('\n')}\n`;
};

const TOO_DEEP = 'x.yml: nested deeper than 64 levels';

test.each([
  ['a: 1\nb: 2\na: 3\n', 'x.yml:3:1: not valid YAML: Map keys must be unique'],
  ['a:\n\tb: 1\n', 'x.yml:2:1: not valid YAML: Tabs are not allowed as indentation'],
  [
    'a: 1\n---\nb: 2\n',
    'x.yml:2:1: not valid YAML: Source contains multiple documents; please use YAML.parseAllDocuments()',
  ],
  ['a: !!js/function "x"\n', 'x.yml:1:4: not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
  ['a: *nope\n', 'x.yml: not valid YAML: Unresolved alias (the anchor must be set before the alias): nope'],
  [nested(4), 'x.yml: not valid YAML: Excessive alias count indicates a resource exhaustion attack'],
  ['['.repeat(200_000), TOO_DEEP],
  ['{a: '.repeat(60_000), TOO_DEEP],
  ['- '.repeat(120_000), TOO_DEEP],
  ['? '.repeat(120_000), TOO_DEEP],
  [`[${'a: '.repeat(80_000)}]`, TOO_DEEP],
])('%.20j is refused on one line', async (text, message) => {
  const thrown = await failure(() => parseYaml(text, 'x.yml'));
  expect(thrown.name).toBe('BadInputError');
  expect(thrown.message).toBe(message);
  expect(thrown.message).not.toContain('\n');
});

test('a long flat document on one line is not deep', () => {
  const text = `{${Array.from({ length: 5000 }, (_, at) => `"k${at}": [1, {"a": 2}]`).join(', ')}}`;
  expect(Object.keys(parseYaml(text, 'x.yml').value as object)).toHaveLength(5000);
});
