import { expect, it } from 'vitest';
import { logLine } from '../../src/github/log-line.ts';

it.each([
  ['::set-output name=verdict::pass', ': :set-output name=verdict::pass'],
  ['  ::add-mask::x', '  : :add-mask::x'],
  ['text\n::error::forged', 'text ::error::forged'],
  ['text\r::error::forged', 'text ::error::forged'],
  ['a ##[error]forged', 'a ## [error]forged'],
  ['thumbnail::handler took 3 ms', 'thumbnail::handler took 3 ms'],
])('%j becomes %j', (line, safe) => {
  expect(logLine(line)).toBe(safe);
});
