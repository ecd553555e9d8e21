import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type { Attribution, ComparisonVerdict } from '../../src/model/verdict.ts';
import type { ReportInput } from '../../src/report/document.ts';
import { renderHtml, renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const ATTRIBUTION: Attribution = {
  cause: 'treatment-slower',
  summary: 'gvisor itself got slower (12.1 ms → 13.3 ms)',
  shifts: [
    {
      ...{ what: 'latency of gvisor', before: 12.1, now: 13.3, unit: 'ms', estimate: 1.098 },
      ...{ lower: 1.081, upper: 1.115, moved: 'up' },
    },
    {
      ...{ what: 'memory of gvisor', before: 31_457_280, now: 31_457_280, unit: 'bytes', estimate: 1 },
      ...{ lower: null, upper: null, moved: null },
    },
  ],
  conditions: [],
};
const MODES = [{ arm: 'gvisor', low: 12.1, high: 15.3, highShare: 0.3, unit: 'ms' as const }];

/** The fixture with changes to the comparison that fails its budget, or, of a pass, to the last one. */
const changed = (name: string, changes: Partial<ComparisonVerdict>): ReportInput => {
  const input = fixture(name);
  const { comparisons } = input.verdict;
  const one = comparisons.find(({ verdict }) => verdict === 'fail') ?? comparisons.at(-1);
  Object.assign(one ?? {}, changes);
  return input;
};
const thirdLine = (input: ReportInput): string | undefined => renderReport(input).split('\n')[2];

const FAIL =
  '`thumbnail` under `gvisor`: latency overhead is **+31.0% (99% interval +27.0% to +35.0%)**, above the limit of +15% with its whole interval. **This change made it worse**.';

describe('the first lines', () => {
  it('say why an overhead grew', () => {
    expect(thirdLine(changed('fail', { attribution: ATTRIBUTION }))).toBe(`${FAIL} Why: ${ATTRIBUTION.summary}.`);
  });

  it('say where it is not clear, or cannot be told', () => {
    const summary = 'gvisor itself did not move; the control did not move';
    expect(thirdLine(changed('fail', { attribution: { ...ATTRIBUTION, cause: 'unclear', summary } }))).toBe(
      `${FAIL} Why is not clear: ${summary}.`,
    );
    const conditions = { ...ATTRIBUTION, cause: 'conditions' as const, summary: 'whether it … cannot be told' };
    const input = changed('no-baseline', { attribution: conditions });
    const failed = input.verdict.comparisons.find(({ attribution }) => attribution !== undefined);
    Object.assign(failed ?? {}, { verdict: 'fail', gated: true });
    input.verdict.verdict = 'fail';
    const text = renderReport(input);
    expect(text).toContain(' Whether it … cannot be told.');
    expect(text).not.toContain('there is no base to compare with');
  });

  it('say what makes the number say less than it seems', () => {
    expect(thirdLine(changed('fail', { modes: MODES, effectiveBlocks: 5 }))).toBe(
      `${FAIL} gvisor jumps between two levels, 12.1 ms (70% of its starts) and 15.3 ms (30%); a median of both says little. Neighbouring blocks were alike (each mostly repeats what the one before it showed, as when something on the machine changes slowly), so its 12 blocks count as 5 independent blocks.`,
    );
  });

  it('tell it once where a budget and a regression of the same place fail', () => {
    const input = changed('fail', {});
    for (const one of input.verdict.comparisons) if (one.verdict === 'fail') one.attribution = ATTRIBUTION;
    const text = renderReport(input);
    expect(text.split('Why: ')).toHaveLength(2);
    expect(text).toContain('<summary>Why (1)</summary>');
  });

  it('tell a growth that passed only because it is below the minimum effect', () => {
    const small = {
      ...{ kind: 'regression' as const, metric: 'latency' as const, scale: 'ratio' as const, unit: 'x' as const },
      ...{ estimate: 1.06, lower: 1.055, upper: 1.065, limit: 1.05, gated: true, verdict: 'pass' as const },
      reason: 'grew by at most 12 us',
    };
    const input = changed('pass', small);
    const isolation = input.verdict.comparisons.at(-1)?.isolation;
    const told = `\`thumbnail\` under \`${isolation}\`: latency grew by +6.00% (+5.50% to +6.50%) against a limit of +5%, but that is too little to count (\`regression.floor\`): grew by at most 12 us`;
    expect(renderReport(input).split('\n').slice(2, 5)).toEqual([
      '3 of 4 gated comparisons are within the limit: the upper end of each interval lies below it.',
      '',
      told,
    ]);
    input.verdict.comparisons = input.verdict.comparisons.slice(-1);
    expect(renderReport(input).split('\n').slice(2, 5)).toEqual([
      'Every gated comparison grew by too little to count:',
      '',
      told,
    ]);
  });

  it('give the reason where the whole interval is above the limit and it is no fail', () => {
    const { verdict, samples } = changed('inconclusive', {});
    const one = verdict.comparisons.find((comparison) => comparison.verdict === 'inconclusive');
    Object.assign(one ?? {}, { lower: 1.16, estimate: 1.17, upper: 1.18, reason: 'not surely more than the floor' });
    expect(renderReport({ verdict, samples })).toContain(
      'not decided against the limit of +15%: not surely more than the floor.',
    );
  });
});

describe('the detail', () => {
  const section = (input: ReportInput, title: string): string[] => {
    const lines = renderReport(input).split('\n');
    const start = lines.findIndex((line) => line.includes(title));
    return lines.slice(
      start,
      lines.findIndex((line, index) => index > start && /^(<\/details>|####)/.test(line)),
    );
  };

  it('has each number before and now', () => {
    expect(section(changed('fail', { attribution: ATTRIBUTION }), '<summary>Why')).toEqual([
      '<summary>Why (1)</summary>',
      '',
      `\`thumbnail\` under \`gvisor\`: latency: **this isolation got worse**: ${ATTRIBUTION.summary}.`,
      '',
      '| What | Before | Now | Change (95% interval) | Moved |',
      '| :- | -: | -: | -: | :- |',
      '| latency of gvisor | 12.1 ms | 13.3 ms | +9.80% (+8.10% to +11.5%) | up |',
      '| memory of gvisor | 30.0 MiB | 30.0 MiB | \\~+0.00% | not proven |',
      '',
      'Medians before (on the base, or in the stored baseline) and now. “Moved” needs an interval that excludes no change, and a change of more than 1%. About one of twenty rows moves by chance.',
      '',
    ]);
  });

  it('lists the conditions that differ', () => {
    const conditions = ['kernel 6.1 → 6.12', 'runsc 1 → 2'];
    const attribution = { ...ATTRIBUTION, cause: 'conditions' as const, shifts: [], conditions };
    const lines = section(changed('fail', { attribution }), '<summary>Why');
    expect(lines.slice(4, 6)).toEqual(['- kernel 6.1 → 6.12', '- runsc 1 → 2']);
  });

  it('shows two levels once, however many comparisons have them', () => {
    const input = changed('fail', { modes: MODES });
    for (const one of input.verdict.comparisons) if (one.metric === 'latency') one.modes = MODES;
    expect(section(input, '#### Two levels').slice(0, 4)).toEqual([
      '#### Two levels',
      '',
      '- `thumbnail`: latency: gvisor jumps between two levels, 12.1 ms (70% of its starts) and 15.3 ms (30%)',
      '',
    ]);
  });

  it('has p and what the blocks are worth beside each comparison, and says what they are', () => {
    const lines = section(changed('fail', { p: 0.000_312_2, effectiveBlocks: 5.4321 }), '<summary>All comparisons');
    const row = lines.find((line) => line.includes('fail, p'));
    expect(row?.split(' | ').slice(5, 7)).toEqual(['12, worth 5.43', 'fail, p ≤ 0.00032']);
    expect(lines.slice(-4)).toEqual([
      'p: if every limit of this run were kept, at most this share of runs would find so much against one of them. A fail needs at most 0.01.',
      '',
      'A block is one round in which every isolation is started once. Where neighbouring blocks are alike, because something on the machine changes slowly, they say less than as many independent blocks would. “Worth” says how many independent blocks they count as.',
      '',
    ]);
    const of = (p: number) => /p ≤ ([\d.e-]+)/.exec(renderReport(changed('fail', { p })))?.[1];
    expect([of(1), of(0.2), of(0.0101), of(1e-9)]).toEqual(['1', '0.2', '0.011', '1e-9']);
  });

  it('is in the page too', () => {
    const html = renderHtml(changed('fail', { attribution: ATTRIBUTION, modes: MODES, effectiveBlocks: 5, p: 0.002 }));
    expect(html).toContain(`Why: ${ATTRIBUTION.summary}`);
    expect(html).toContain('<details><summary>Why (1)</summary>');
    expect(html).toContain('<td>latency of gvisor</td><td class="r">12.1 ms</td>');
    expect(html).toContain('<h2>Two levels</h2>');
    expect(html).toContain('<td>fail, p ≤ 0.002</td>');
  });
});

it('escapes what others named', () => {
  const hostile = '<img src=x onerror=alert(1)> @octocat | `x`\u001b[2J';
  const shifts = ATTRIBUTION.shifts.map((shift) => ({ ...shift, what: hostile }));
  const attribution = { ...ATTRIBUTION, summary: hostile, shifts, conditions: [hostile] };
  const input = changed('fail', { attribution, modes: MODES.map((modes) => ({ ...modes, arm: hostile })) });
  const html = micromark(renderReport(input), {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  expect(html).not.toContain('<img');
  expect(html).not.toContain('\u001b');
  expect(html.replace(/<code.*?<\/code>/gs, '')).not.toMatch(/@octocat/);
  const rows = (html.match(/<tr>.*?<\/tr>/gs) ?? []).filter((row) => row.includes('onerror'));
  expect(rows.map((row) => row.match(/<t[dh]/g)?.length)).toEqual([5, 5]);
  expect(renderHtml(input)).not.toContain('<img');
  expect(renderHtml(input)).not.toContain('\u001b');
});
