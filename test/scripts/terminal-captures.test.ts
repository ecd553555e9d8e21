import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withCaptures } from '../../scripts/terminal-captures.ts';

const PAGE = 'docs/reference/terminal.md';

it('the page shows what a terminal would show today (else: scripts/build-terminal-captures)', async () => {
  const page = await withCaptures(PAGE);
  expect(page).toContain('### In 80 columns');
  expect(page).toContain('### In 140 columns');
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});
