import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type { UngatedCause } from '../../src/model/verdict.ts';
import { renderHtml, renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const report = (name: string): string => renderReport(fixture(name));
const linesOf = (name: string): string[] => report(name).split('\n');
const rowOf = (name: string, isolation: string): string =>
  linesOf(name).find((line) => line.startsWith('| ') && line.includes(`\`${isolation}\``)) ?? '';

describe('the first lines', () => {
  it('say what is red, why, whose doing it is and what to do', () => {
    expect(linesOf('fail').slice(0, 10)).toEqual([
      '### ❌ Isogate api: fail, by this change',
      '',
      '`thumbnail` under `gvisor`: latency overhead is **+31.0% (99% interval +27.0% to +35.0%)**, above the limit of +15% with its whole interval. **This change made it worse**.',
      '',
      '`thumbnail` under `gvisor`: latency changed against the base by **+19.0% (99% interval +15.0% to +23.0%)**, above the limit of +5% with its whole interval.',
      '',
      '**What to do**',
      '',
      '- If the cost is not wanted, do less that crosses the isolation’s boundary in each call (system calls, page faults, small reads and writes).',
      '- If it is wanted, raise `budgets.gvisor.latency` in a reviewed change of its own, or waive it until a day in `.isogate/waivers.yml`.',
    ]);
  });

  it('tell a budget that the base broke already from one that nothing is known of', () => {
    expect(report('fail-on-base')).toContain('It was so on the base already: **this change did not make it worse**.');
    expect(report('no-baseline')).toContain(
      'Whether this change did it is not known: there is no base to compare with.',
    );
  });

  it('say of a pass how much was held against limits', () => {
    expect(linesOf('pass').slice(0, 3)).toEqual([
      '### ✅ Isogate api: pass',
      '',
      'All 4 gated comparisons are within the limit: the upper end of each interval lies below it.',
    ]);
    expect(report('pass')).not.toContain('- If');
  });

  it('say of an inconclusive run what it could have proven', () => {
    const text = report('inconclusive');
    expect(text).toContain('not decided against the limit of +15%.');
    expect(text).toContain('The smallest excess that this run could have proven is +5.00%.');
  });

  it('say why nothing was measured, and the command that fixes it', () => {
    const text = report('not-measured');
    expect(text).toContain('### 🚫 Isogate api: not measured');
    expect(text).toContain(
      'latency could not be measured: gvisor is required and cannot run here: runsc is not installed',
    );
    expect(text).toContain('- To make `gvisor` work on this runner: `scripts/setup-runner gvisor`');
  });

  it('say why a required isolation without a limit was not measured', () => {
    const { verdict, samples } = fixture('pass');
    samples.header.config['isolations'] = { native: {}, runc: {}, gvisor: {}, vm: { required: true }, other: {} };
    for (const isolation of ['vm', 'other'])
      samples.header.probe?.push({
        ...{ isolation, type: 'qemu-microvm', usable: false, version: null, reason: 'QEMU is not installed' },
        ...{ fix: 'apt-get install it', accelerator: null, emulated: false, provedMs: null, notes: [] },
      });
    const text = renderReport({ verdict: { ...verdict, verdict: 'not-measured' }, samples });
    expect(text.split('\n').slice(0, 3)).toEqual([
      '### 🚫 Isogate api: not measured, which fails the run',
      '',
      '`vm` is required and was not measured: QEMU is not installed; fix: apt-get install it',
    ]);
  });

  it('never call a run without a gated comparison a pass', () => {
    const input = fixture('not-measured');
    input.verdict.comparisons = [];
    expect(renderReport(input)).toContain('Nothing could be gated: `gvisor` was not measured (runsc is not installed');
  });
});

describe('a pass', () => {
  const withUngated = (kind: 'budget' | 'regression', ...causes: UngatedCause[]): string[] => {
    const input = fixture('pass');
    const [one] = input.verdict.comparisons;
    if (!one) throw new Error('the fixture has comparisons');
    const { gated: _, ...rest } = one;
    input.verdict.comparisons.push(
      ...causes.map((cause) => ({ ...rest, kind, gated: false as const, cause, verdict: 'not-measured' as const })),
    );
    return renderReport(input).split('\n');
  };
  const headlineWith = (...causes: UngatedCause[]): string | undefined => withUngated('regression', ...causes)[2];
  const within = 'All 4 gated comparisons are within the limit: the upper end of each interval lies below it';

  it('says which regression limits it says nothing about', () => {
    expect(headlineWith()).toBe(`${within}.`);
    const none = 'first-run';
    expect(headlineWith(none)).toBe(`${within}; 1 regression limit was not compared: no baseline yet.`);
    expect(headlineWith(none, none, none)).toBe(`${within}; 3 regression limits were not compared: no baseline yet.`);
    expect(headlineWith('fingerprint', none)).toBe(
      `${within}; 2 regression limits were not compared: the baseline was measured under other conditions, and more reasons: see “All comparisons”.`,
    );
  });

  it('counts in its title what was not measured, and names budgets that decide nothing', () => {
    const lines = withUngated('budget', 'not-required', 'not-required');
    expect(lines[0]).toBe('### ✅ Isogate api: pass; 2 of 6 limits not measured');
    expect(lines[2]).toBe(
      `${within}; 2 budgets were not measured: the isolation cannot run here, and is not required.`,
    );
    expect(lines.join('\n')).toContain(
      '| not measured, not gated: the isolation cannot run here, and is not required |',
    );
  });

  it('says so as well where nothing was gated', () => {
    const input = fixture('pass');
    for (const one of input.verdict.comparisons)
      Object.assign(one, { kind: 'regression', gated: false, cause: 'first-run' });
    expect(renderReport(input).split('\n').slice(2, 5)).toEqual([
      'Nothing was gated: no isolation that was measured here has a budget.',
      '',
      '4 regression limits were not compared: no baseline yet.',
    ]);
  });
});

describe('the table', () => {
  it('has overhead, interval, budget, cold start, memory and verdict a row', () => {
    expect(rowOf('pass', 'runc')).toBe(
      '| `thumbnail` | `runc` | +1.30% (+0.40% to +2.20%) | +5% | +70.0 ms of +150ms = 121 ms | \\~+3.33% = 31.0 MiB | ✅ pass |',
    );
    expect(rowOf('fail', 'gvisor')).toBe(
      '| `thumbnail` | `gvisor` | +31.0% (+27.0% to +35.0%) | +15% | \\~4.60x = 233 ms | +22.0 MiB of +40MiB = 52.0 MiB | **❌ fail**: latency, latency growth |',
    );
  });

  it('shows the one bound that a look has, here and among the comparisons', () => {
    const input = fixture('pass');
    for (const one of input.verdict.comparisons) Object.assign(one, { lower: null });
    const text = renderReport(input);
    expect(text).toContain('| `thumbnail` | `runc` | +1.30% (at most +2.20%) | +5% | +70.0 ms of +150ms = 121 ms |');
    expect(text).toMatch(/\| latency \| \+1\.30% \(at most \+2\.20%\) at [\d.]+% \| \+5% \|/);
    expect(renderHtml(input)).toContain('+1.30% (at most +2.20%)');
  });

  it('shows the control by its own size, without the twin', () => {
    expect(rowOf('pass', 'native')).toBe(
      '| `thumbnail` | `native` | = 1.01 ms | – | = 50.5 ms | = 30.0 MiB | control |',
    );
  });

  it('marks emulated rows and gates none of them', () => {
    expect(rowOf('emulated', 'qemu-microvm')).toBe(
      '| `thumbnail` | `qemu-microvm` *emulated* | \\~8.40x | +10% (not gated) | \\~86.1x = 4350 ms | \\~3.20x = 96.0 MiB | not gated |',
    );
  });

  it('gives the reason where nothing was measured', () => {
    expect(rowOf('not-measured', 'gvisor')).toContain(
      '🚫 not measured: runsc is not installed; fix: scripts/setup-runner gvisor |',
    );
  });
});

describe('below the table', () => {
  it('prints the noise floor, the warnings and how to reproduce', () => {
    const text = report('no-baseline');
    expect(text).toContain('| `thumbnail` | latency | +0.10% (−0.60% to +0.80%) |');
    expect(text).toContain('- **no-baseline**: No baseline record matches this fingerprint: growth is not gated.');
    expect(text).toContain('isogate gate --seed 42');
    const input = fixture('pass');
    input.samples.header.commit = 'a'.repeat(40);
    expect(renderReport(input)).toContain(`git checkout ${'a'.repeat(40)}`);
  });

  it('repeats the options of the run, as words of a shell', () => {
    const place = {
      ...{ configPath: 'a b.yml', outDir: 'out', baseline: 'base', continueFrom: 'out/samples.jsonl' },
      ...{ timeMs: 90_000, functions: ['f', "it's"] },
    };
    const text = renderReport({ ...fixture('no-baseline'), place });
    expect(text).toContain(
      "isogate gate --config 'a b.yml' --baseline base --continue out/samples.jsonl --time 90000ms --function f --function 'it'\\''s' --seed 42\n",
    );
    expect(text).toContain('# with the samples that --continue names as they were before this attempt:');
    expect(text).toContain('isogate replay out/samples.jsonl');
  });

  it('says what a further attempt carries on', () => {
    const input = fixture('pass');
    expect(renderReport(input)).not.toContain('carries on');
    input.samples.header.attempt = 2;
    const attempts = [12, null].map((until) => ({ horizon: null, until, hopeless: [] }));
    input.samples.plans = new Map([['thumbnail', attempts]]);
    expect(renderReport(input)).toContain('This is attempt 2, which carries on from 12 blocks; all of them count.');
    input.samples.plans = new Map([...input.samples.plans, ['resize', attempts]]);
    expect(renderReport(input)).toContain(
      'attempt 2, which carries on from 12 blocks of thumbnail, 12 blocks of resize',
    );
  });

  it('folds identities, comparisons, phases and evidence', () => {
    const text = report('pass');
    expect(text.match(/<summary>.*<\/summary>/g)).toEqual([
      '<summary>How to reproduce this locally</summary>',
      '<summary>Noise floor</summary>',
      '<summary>Host and isolations</summary>',
      '<summary>Notes on the isolations: what could not be made equal, and more</summary>',
      '<summary>All comparisons (4)</summary>',
      '<summary>Start-up phases: median (smallest to largest), since the start</summary>',
      '<summary>Evidence of the isolations</summary>',
      '<summary>Fingerprint</summary>',
    ]);
    expect(text).toContain(
      '| `thumbnail` | `runc` | 2 | – | 12.1 ms (12.0 ms to 12.1 ms) | – | 96.4 ms (96.0 ms to 96.8 ms) |',
    );
    expect(text).toContain('inside kernel_release = 4.4.0');
  });

  it('says when the samples have no end', () => {
    const input = fixture('pass');
    input.samples.end = null;
    expect(renderReport(input)).toContain('- **unfinished**: the run ended early');
  });

  it('takes sizes from raw values where foreign samples have no metrics', () => {
    const input = fixture('pass');
    for (const one of input.samples.instances) one.metrics = {};
    expect(renderReport(input)).toContain('| `thumbnail` | `native` | = 1.01 ms | – | = 50.5 ms | – | control |');
  });
});

describe('what a hostile function says', () => {
  const html = micromark(report('hostile'), {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });

  it('becomes no element of its own: only ours are there', () => {
    const elements = new Set((html.match(/<\/?[a-z][^>]*>/g) ?? []).map((tag) => tag.replace(/[</>]|\s.*/g, '')));
    expect([...elements].sort()).toEqual(
      [
        'code',
        'details',
        'em',
        'h3',
        'h4',
        'li',
        'p',
        'pre',
        'strong',
        'summary',
        'table',
        'tbody',
        'td',
        'th',
        'thead',
        'tr',
        'ul',
      ].filter((tag) => tag !== 'em'),
    );
    expect(html).not.toMatch(/<(script|img|a)\b/);
  });

  it('mentions nobody outside code, and breaks no table', () => {
    expect(html.replace(/<code.*?<\/code>/gs, '')).not.toMatch(/@octocat/);
    const tables = html.match(/<table>.*?<\/table>/gs) ?? [];
    const widths = tables.map(
      (table) => new Set((table.match(/<tr>.*?<\/tr>/gs) ?? []).map((row) => row.match(/<t[dh]/g)?.length)),
    );
    expect(widths.map((width) => [...width])).toEqual([[7], [3], [5], [8], [8]]);
  });

  it('ends no folded section early', () => {
    expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length);
  });
});
