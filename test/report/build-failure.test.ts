import { expect, test } from 'vitest';
import type { InstanceRecord } from '../../src/model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../../src/model/verdict.ts';
import { comparisonsSection } from '../../src/report/comparisons-section.ts';
import { inlines, inlineText } from '../../src/report/document.ts';
import { headline } from '../../src/report/headline.ts';
import { buildRows } from '../../src/report/rows.ts';
import { emptySamples, instanceRecord } from '../support/samples.ts';

const unmeasured = (isolation: string, metric: ComparisonVerdict['metric']): ComparisonVerdict => ({
  ...{ function: 'f', isolation, metric, kind: 'budget', gated: true, scale: 'ratio', unit: 'x', limit: 1.1 },
  ...{ estimate: null, lower: null, upper: null, confidence: 0.95, verdict: 'not-measured', blocks: 0 },
  ...{ smallestProvable: null, emulated: false, reason: 'its build failed: no such file' },
});

test('a failed build is told once, of the function', () => {
  const failed: InstanceRecord = {
    ...instanceRecord(0, 'control', {}),
    ...{ status: 'start-failed', phase: 'build', error: 'no such file' },
  };
  const samples = { ...emptySamples(), instances: [failed] };
  const comparisons = [unmeasured('runc', 'latency'), unmeasured('gvisor', 'memory')];
  const verdict = { verdict: 'not-measured', comparisons, warnings: [] } as unknown as VerdictDocument;
  const rows = buildRows(verdict, samples);
  expect(headline(verdict, rows).map((text) => inlines(text).map(inlineText).join(''))).toEqual([
    'f could not be measured: its build failed: no such file',
  ]);
  const short = 'its build failed: see “Instances that failed”';
  expect(rows.map(({ isolation, reason }) => [isolation, reason])).toEqual([
    ['native', short],
    ['runc', short],
    ['gvisor', short],
  ]);
  const [table] = comparisonsSection(verdict, rows)?.blocks ?? [];
  expect(table?.kind === 'table' && table.rows.map((row) => row.at(-1))).toEqual([short, short]);
});
