import { expect, it } from 'vitest';
import { logLine } from '../../src/lib/log-line.ts';

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
