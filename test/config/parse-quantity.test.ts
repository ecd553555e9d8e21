import { expect, test } from 'vitest';
import { parseDuration, parseSize } from '../../src/config/parse-quantity.ts';

test.each([
  ['500ms', 500],
  ['120s', 120_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['256MiB', 268_435_456],
  ['1.5KB', 1500],
  ['0.3KiB', 307],
  ['2GB', 2_000_000_000],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['120', '2 m', '-1s', '+1s', '1d', 's', '1m30s', '1s\n', ''])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(
    `${JSON.stringify(text)}: not a duration; accepted: a number with ms, s, m or h, such as 120s`,
  );
});

test.each(['256', '256M', '256mib', '1TB', '-1MB'])('%j is no size', (text) => {
  expect(() => parseSize(text)).toThrow(`${JSON.stringify(text)}: not a size; accepted: a number with KB, MB, GB`);
});
