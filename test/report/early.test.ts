import { expect, it } from 'vitest';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';
import { tellEarly } from '../../src/report/early.ts';
import { renderForTerminal, renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const early = (...tests: (ComparisonVerdict['early'] | undefined)[]): ComparisonVerdict[] =>
  tests.map((test) => ({ early: test }) as ComparisonVerdict);

it('tells what early decisions take for granted, one sentence for each test', () => {
  expect(tellEarly(early(undefined))).toEqual([]);
  expect(tellEarly(early('unimodal', undefined, 'unimodal', 'each', 'ratio'))).toEqual([
    '2 comparisons were decided early, because they lie far from their limits; this takes the noise of blocks to be symmetric with one peak, and no smaller than that of the A/A control and of the same isolation elsewhere.',
    'One comparison failed after three or four blocks, because each of them is at least three times the limit; this takes the noise of blocks to be symmetric with one peak, and at most twice that of the A/A control and of the same isolation elsewhere.',
    'One comparison failed early by the mean of its ratios, because its cost is many times the limit; this holds whatever the noise of blocks is, and is about the mean ratio, not the typical one.',
  ]);
});

it('stands unfolded in the report, and in the terminal', () => {
  const input = fixture('pass');
  (input.verdict.comparisons[0] as ComparisonVerdict).early = 'unimodal';
  const sentence = 'One comparison was decided early, because it lies far from its limit; this takes the noise';
  const markdown = renderReport(input);
  expect(markdown.indexOf(sentence)).toBeGreaterThan(0);
  expect(markdown.indexOf(sentence)).toBeLessThan(markdown.indexOf('<details>'));
  expect(markdown).toContain('what they take for granted is told below the overheads.');
  expect(renderForTerminal(input, { width: 100, proseWidth: null, hasColor: false })).toContain(sentence);
  expect(renderReport(fixture('pass'))).not.toContain('decided early');
});
