import { expect, it } from 'vitest';
import { configChanges } from '../../src/action/config-changes.ts';

it('compares meaning, not layout', () => {
  expect(configChanges('a: { b: 1 }\n', '# why\na:\n  b: 1\n')).toEqual(['Only its layout or comments differ']);
});

it('names each key that differs, dropped ones too', () => {
  expect(configChanges('a: { b: 1, c: [1, 2] }\nd: x\n', 'a: { b: 2, c: [1, 2] }\n')).toEqual([
    'a.b: 1 → 2',
    'd: x → absent',
  ]);
});

it('cuts long lists and values', () => {
  const many = Array.from({ length: 30 }, (_, i) => `k${i}: ${'v'.repeat(200)}`).join('\n');
  const changes = configChanges('{}', many);
  expect(changes).toHaveLength(21);
  expect(changes.at(-1)).toBe('11 more');
  expect(changes[1]).toBe(`k0: absent → ${'v'.repeat(80)}`);
});

it.each([
  [null, 'In the pull request it is missing or not a regular file'],
  ['a: [', /^The pull request’s version cannot be read: /],
  ['['.repeat(60_000), /^The pull request’s version cannot be read: /],
])('says what is wrong with %.20j', (head, message) => {
  expect(configChanges('a: 1', head)).toEqual([expect.stringMatching(message)]);
});
