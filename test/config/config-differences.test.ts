import { expect, it } from 'vitest';
import { describeConfigDifferences } from '../../src/config/config-differences.ts';

it('compares meaning, not layout', () => {
  expect(describeConfigDifferences('a: { b: 1 }\n', '# why\na:\n  b: 1\n')).toEqual([
    'Only its layout or comments differ',
  ]);
});

it('names each key that differs, dropped ones too', () => {
  expect(describeConfigDifferences('a: { b: 1, c: [1, 2] }\nd: x\n', 'a: { b: 2, c: [1, 2] }\n')).toEqual([
    'a.b: 1 → 2',
    'd: x → absent',
  ]);
});

it('cuts long lists and values', () => {
  const many = Array.from({ length: 30 }, (_, i) => `k${i}: ${'v'.repeat(200)}`).join('\n');
  const changes = describeConfigDifferences('{}', many);
  expect(changes).toHaveLength(21);
  expect(changes.at(-1)).toBe('11 more');
  expect(changes[1]).toBe(`k0: absent → ${'v'.repeat(80)}`);
});

it.each([
  ['a: 1', null, 'In the pull request it is missing or not a regular file'],
  ['a: 1', 'a: [', /^The pull request’s version cannot be read: /],
  ['a: [', 'a: 1', /^The base’s version cannot be read: /],
  ['a: 1', '['.repeat(60_000), /^The pull request’s version cannot be read: .*nested deeper than 64 levels$/],
  ['a: 1', '{a: '.repeat(60_000), /^The pull request’s version cannot be read: .*nested deeper than 64 levels$/],
  ['a: 1', `# ${'x'.repeat(300_000)}`, /^The pull request’s version cannot be read: .*over 262144 bytes/],
])('says what is wrong with %.20j beside %.20j', (base, head, message) => {
  expect(describeConfigDifferences(base, head)).toEqual([expect.stringMatching(message)]);
});
