import { expect, it, test } from 'vitest';
import { secretHider } from '../../src/measure/hide-secrets.ts';

it.each([
  ['cannot log in with s3cret-key', 'cannot log in with ***'],
  ['s3cret-key and longer: s3cret-key-2', '*** and longer: ***'],
  ['the line "END KEY" of it', 'the line "***" of it'],
  [String.raw`as JSON: {"key":"a \"quoted\" value"}`, 'as JSON: {"key":"***"}'],
  ['abc is too short to be told from words', 'abc is too short to be told from words'],
])('%s', (text, shown) => {
  const hide = secretHider({
    A: 's3cret-key',
    B: 's3cret-key-2',
    C: 'BEGIN\nEND KEY',
    D: 'abc',
    E: 'a "quoted" value',
  });
  expect(hide(text)).toBe(shown);
});

test('without secrets nothing is changed', () => {
  expect(secretHider({})('a text')).toBe('a text');
});
