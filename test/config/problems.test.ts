import { expect, test } from 'vitest';
import { suggest } from '../../src/config/problems.ts';

test.each([
  ['buget', ['handler', 'budgets'], ' (did you mean budgets?)'],
  ['rucn', ['native', 'runc'], ' (did you mean runc?)'],
  ['GVisor', ['gvisor'], ' (did you mean gvisor?)'],
  ['min_block', ['max_blocks', 'min_blocks'], ' (did you mean min_blocks?)'],
  ['kata', ['native', 'runc'], ''],
  ['x', [], ''],
  ['x'.repeat(65), ['x'.repeat(64)], ''],
])('%s among %j', (word, accepted, expected) => {
  expect(suggest(word, accepted)).toBe(expected);
});
