import { expect, it } from 'vitest';
import { type Expected, matchAnswer } from './match-answer.ts';

const agrees = (answer: unknown, expected: Expected): boolean =>
  JSON.stringify(matchAnswer(answer, expected)) === JSON.stringify(expected);

it.each<[unknown, Expected]>([
  [
    { ms: 1.5, list: [1, 'a'] },
    { ms: '<number>', list: [1, 'a'] },
  ],
  ['key.12ab.txt', '<matches> ^key\\.[0-9a-f]+\\.txt$'],
  [null, null],
  [[{ n: 0 }], [{ n: '<number>' }]],
])('%j agrees with %j', (answer, expected) => {
  expect(agrees(answer, expected)).toBe(true);
});

it.each<[unknown, Expected]>([
  ['1.5', '<number>'],
  [-1, '<number>'],
  ['key.txt', '<matches> ^key\\.[0-9a-f]+\\.txt$'],
  [{ n: 1, more: true }, { n: 1 }],
  [{}, { n: '<number>' }],
  [[1, 2], [1]],
  [{}, []],
  [{ n: 2 }, { n: 1 }],
])('%j does not agree with %j', (answer, expected) => {
  expect(agrees(answer, expected)).toBe(false);
});
