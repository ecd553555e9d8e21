import { describe, expect, it } from 'vitest';
import { COMMENT_LIMIT, fitComment } from '../../src/report/comment.ts';
import { renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const report = renderReport(fixture('fail'));
const summaries = (text: string): string[] =>
  (text.match(/<summary>.*?<\/summary>/g) ?? []).map((one) => one.slice(9, -10));

describe('fitComment', () => {
  it('leaves a report that fits as it is', () => {
    expect(fitComment(report, report.length)).toBe(report);
    expect(COMMENT_LIMIT).toBe(65_536);
  });

  it('drops folded sections from the bottom and says how many', () => {
    const fitted = fitComment(report, report.length - 250);
    expect(fitted.length).toBeLessThan(report.length);
    expect(summaries(fitted)).toEqual([
      'How to reproduce this locally',
      'Noise floor',
      'Host and isolations',
      'Notes on the isolations: what could not be made equal, and more',
      'All comparisons (5)',
      expect.stringMatching('^Start-up phases'),
    ]);
    expect(fitted).toMatch(
      /\*2 sections left out at the end to stay within GitHub’s limit; `report\.md` of this run has everything\.\*\n$/,
    );
  });

  it('then drops lines, and keeps the verdict to the last', () => {
    const fitted = fitComment(report, 700);
    expect(summaries(fitted)).toEqual([]);
    expect(fitted).toMatch(/^### ❌ Isogate api: fail, by this change\n\n`thumbnail` under `gvisor`: latency overhead/);
    expect(fitted).toMatch(/lines left out at the end/);
  });

  it('is within any limit that holds its own notice', () => {
    for (let limit = 250; limit < report.length + 100; limit += 37) {
      expect(fitComment(report, limit).length).toBeLessThanOrEqual(limit);
    }
  });

  it('brings a run of thousands of comparisons under the limit of a comment', () => {
    const input = fixture('fail');
    const [one] = input.verdict.comparisons;
    if (!one) throw new Error('the fixture has comparisons');
    input.verdict.comparisons = Array.from({ length: 3000 }, (_, i) => ({ ...one, function: `function-${i}` }));
    const huge = renderReport(input);
    expect(huge.length).toBeGreaterThan(COMMENT_LIMIT);
    expect(fitComment(huge).length).toBeLessThanOrEqual(COMMENT_LIMIT);
  });

  it('closes a code block that the cut fell into, so that the notice is read', () => {
    const cut = fitComment(`# a\n\n\`\`\`text\n${'line\n'.repeat(200)}\`\`\`\n`, 500);
    expect(cut.match(/^```/gm)?.length).toBe(2);
  });
});
