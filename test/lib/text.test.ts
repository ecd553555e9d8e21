import { expect, it } from 'vitest';
import { lastLine, logLine, oneLine, shortCommit, shorten } from '../../src/lib/text.ts';

it.each([
  ['two\n  lines\r\nand\ta tab ', 'two lines and a tab'],
  ['two  blanks stay, as in a path', 'two  blanks stay, as in a path'],
  ['next\u0085line, para\u2029graph', 'next line, para graph'],
  ['\u001b[2Kpass\u202e', '\\u{1b}[2Kpass\\u{202e}'],
  [' '.repeat(100_000), ''],
])('%j is shown as %j', (text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

it('a program is quoted by the last line that it wrote, and long texts are cut', () => {
  expect([lastLine('warning\nerror: no\n\n'), lastLine(''), lastLine('abcdef', 3)]).toEqual(['error: no', '', 'abc']);
  expect([shorten('abc', 3), shorten('abcd', 3)]).toEqual(['abc', 'abc…']);
  expect([shortCommit('0123456789abcdef'), shortCommit(null)]).toEqual(['0123456789ab', 'an unknown commit']);
});

it.each([
  ['::set-output name=verdict::pass', ': :set-output name=verdict::pass'],
  ['  ::add-mask::x', '  : :add-mask::x'],
  ['text\n::error::forged', 'text ::error::forged'],
  ['text\r::error::forged', 'text ::error::forged'],
  ['a ##[error]forged', 'a ## [error]forged'],
  ['\u001b[2K\u001b[1Gpass\tok\u0000', '\\u{1b}[2K\\u{1b}[1Gpass\\u{9}ok\\u{0}'],
  ['\u001f::error::forged', '\\u{1f}::error::forged'],
  ['a\u202eb', 'a\\u{202e}b'],
  ['µ 🚫 é', 'µ 🚫 é'],
  ['thumbnail::handler took 3 ms', 'thumbnail::handler took 3 ms'],
])('%j becomes %j', (line, safe) => {
  expect(logLine(line)).toBe(safe);
});
