/** Thirty changes of +1 %: none is a regression by itself, and together they are caught. */
import { describe, expect, test } from 'vitest';
import { recordsFrom } from '../../src/baseline/baseline-records.ts';
import { historySeries, historyWarnings } from '../../src/baseline/history-series.ts';
import { decide } from '../../src/decide/decide.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import type { Samples } from '../../src/model/samples.ts';
import { renderHtml, renderReport } from '../../src/report/render-report.ts';
import { normal, seeded } from '../stats/support.ts';
import { blocks, configOf, samplesOf } from '../support/decide-samples.ts';

const config = configOf({ regression: { latency: '+5%' } });
const commitOf = (index: number): string => index.toString(16).padStart(40, '0');
/** Runs differ by 0.5 %, blocks by 1 %. */
const BETWEEN = 0.005;

interface Life {
  records: BaselineRecord[];
  /** Of the run of each commit against what was known before. */
  runs: { total: number; samples: Samples; growth: string; drift: string; warned: boolean }[];
}

/** Every commit is measured against the last recorded one and against the pinned first, and recorded. */
const live = (seed: number, commits: number, factorOf: (commit: number) => number): Life => {
  const random = seeded(seed);
  const records: BaselineRecord[] = [];
  const runs: Life['runs'] = [];
  for (let commit = 0; commit < commits; commit += 1) {
    const factor = 1.3 * factorOf(commit) * Math.exp(BETWEEN * normal(random));
    const instances = blocks(40, { factor, seed: seed * 1000 + commit });
    const betweenRuns = { runs: 10, ratio: BETWEEN, difference: 0.5, control: BETWEEN };
    const known = (run: number) =>
      records
        .filter(({ runId, isolation }) => runId === `r${run}` && isolation === 'runc')
        .map((one) => ({ ...one, betweenRuns }));
    const samples = samplesOf(instances, {
      ...{ runId: `r${commit}`, commit: commitOf(commit), config: config.document },
      ...{ baseline: known(commit - 1), pinned: known(0) },
    });
    const { comparisons } = decide(samples, config);
    const verdictOf = (kind: string) => comparisons.find((one) => one.kind === kind)?.verdict ?? 'none';
    const history = historySeries({ records, pins: [], ancestors: null });
    const warned = historyWarnings(history).some(({ code }) => code === 'slow-drift');
    runs.push({
      ...{ total: factorOf(commit) - 1, samples, warned },
      growth: verdictOf('regression'),
      drift: verdictOf('drift'),
    });
    const recordedAt = new Date(Date.UTC(2026, 0, 1) + commit * 86_400e3).toISOString();
    records.push(...recordsFrom(samples, { commit: commitOf(commit), recordedAt, verdict: 'pass' }));
  }
  return { records, runs };
};

describe('thirty commits of +1 %', () => {
  const { records, runs } = live(1, 31, (commit) => 1.01 ** commit);

  test('no step of it is a regression', () => {
    expect(runs.slice(1).filter(({ growth }) => growth === 'fail')).toEqual([]);
  });

  test('the pinned reference is red before +9 % in all, and stays so', () => {
    const first = runs.findIndex(({ drift }) => drift === 'fail');
    expect(runs[first]?.total).toBeLessThan(0.09);
    expect(runs.slice(first).every(({ drift }) => drift === 'fail')).toBe(true);
  });

  test('without a pin the history warns by +8 %', () => {
    expect(runs.find(({ warned }) => warned)?.total).toBeLessThan(0.084);
  });

  test('the report says that no single change did it, and since which commit', () => {
    const samples = runs.at(-1)?.samples as Samples;
    const verdict = decide(samples, config);
    const report = renderReport({ verdict, samples });
    expect(report).toContain('latency changed against the pinned reference of 000000000000 by **+3');
    expect(report).toMatch(
      /It grew bit by bit over the commits since 000000000000; this change’s own part is [+−]\d\.\d+%/,
    );
    const [warning] = historyWarnings(historySeries({ records, pins: [], ancestors: null }));
    expect(warning?.message).toMatch(
      /^f: latency of runc has drifted by about \+3\d\.\d% over the last 31 recorded runs, 000000000000\.\.000000000000, in steps too small for any limit/,
    );
  });

  test('the page has it as a picture: well-formed, no script, this run at the right', () => {
    const samples = runs.at(-1)?.samples as Samples;
    const history = historySeries({ records, pins: [], ancestors: null });
    const html = renderHtml({ verdict: decide(samples, config), samples, history });
    const [svg = ''] = html.match(/<svg class="history".*?<\/svg>/s) ?? [];
    expect(svg.match(/<circle/g)).toHaveLength(31);
    expect(svg).not.toMatch(/script|href|NaN|undefined/);
    expect(html).toMatch(/drifted by about \+3\d\.\d% over the last 31/);
    // Every element that is opened is closed.
    const open = [...svg.matchAll(/<([a-z]+)(?=[ >])[^>]*?(\/?)>/g)].filter(([, , closed]) => closed === '').length;
    expect(svg.match(/<\/[a-z]+>/g)).toHaveLength(open);
  });
});

test.each([2, 3, 4])('thirty commits without a change are neither red nor warned of (seed %i)', (seed) => {
  const { runs } = live(seed, 30, () => 1);
  expect(runs.filter(({ growth, drift, warned }) => growth === 'fail' || drift === 'fail' || warned)).toEqual([]);
});

test('a pinned reference of another machine is not compared with, and says what to do', () => {
  const { runs } = live(5, 2, () => 1);
  const samples = runs[1]?.samples as Samples;
  samples.header.fingerprint = { kernel: '6.13' };
  const { comparisons } = decide(samples, config);
  expect(comparisons.find(({ kind }) => kind === 'drift')).toMatchObject({
    ...{ verdict: 'not-measured', gated: false, cause: 'fingerprint' },
    reason: 'the pinned reference for f/runc was measured under other conditions: kernel 6.12 → 6.13; not compared',
  });
});
