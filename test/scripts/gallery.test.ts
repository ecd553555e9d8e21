import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CASES, commentOf } from '../../scripts/gallery.ts';

it.each([
  ['pass', '### ✅ Isogate api: pass', 'All 7 gated comparisons are within the limit'],
  ['fail', '### ❌ Isogate api: fail, by this change', '**This change did it**: on the base it is'],
  ['fail-on-base', '### ✅ Isogate api: pass; over budget on the base already', '**It is not this change**: the base'],
  ['inconclusive', '### ❔ Isogate api: inconclusive, which does not fail the run', 'blocks would decide it'],
  [
    'not-measured',
    '### 🚫 Isogate api: not measured (4 of 7 limits), which fails the run',
    'sudo scripts/setup-runner',
  ],
  ['waived', '### ✅ Isogate api: pass, by a waiver', 'waived until 2027-01-31 by mona'],
  ['fork', '### ❌ Isogate api: fail, by this change', '> **Reported by untrusted code**'],
])('the picture of %s shows what it is to show', (name, title, text) => {
  const comment = commentOf(name);
  expect(comment).toContain(`${title}\n`);
  expect(comment).toContain(text);
  expect(existsSync(`docs/explanation/gallery/${name}.png`)).toBe(true);
});

it('every case is looked at', () => {
  expect(CASES).toHaveLength(7);
});
