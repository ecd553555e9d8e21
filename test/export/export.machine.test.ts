import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { toCsv } from '../../src/export/to-csv.ts';
import { toOpenMetrics } from '../../src/export/to-open-metrics.ts';
import type { ComparisonResult, ComparisonVerdict, Gating, VerdictDocument } from '../../src/model/verdict.ts';

const comparison = (over: Partial<ComparisonResult> = {}, gating: Gating = { gated: true }): ComparisonVerdict => ({
  ...{ function: 'api', isolation: 'runc', metric: 'latency', kind: 'budget', scale: 'ratio', unit: 'x' },
  ...{ estimate: 1.31, lower: 1.27, upper: 1.35, limit: 1.15, confidence: 0.99, verdict: 'fail', blocks: 12 },
  ...{ smallestProvable: 0.02, emulated: false, reason: 'above, surely', ...over },
  ...gating,
});
const document = (...comparisons: ComparisonVerdict[]): VerdictDocument => ({
  ...{ schema: 'isogate.verdict/1', verdict: 'fail', gate: 'shop', comparisons, warnings: [] },
  noise: { twin: {}, byFunction: {} },
});
const cold = comparison({
  ...{ metric: 'cold_start', scale: 'difference', unit: 'ms', estimate: 40, lower: null, upper: 50, limit: 150 },
  ...{ verdict: 'pass', kind: 'regression', reason: '-1 ms\nand more' },
});
const nothing = comparison(
  { metric: 'memory', estimate: null, lower: null, upper: null, verdict: 'not-measured' },
  { gated: false, cause: 'first-run' },
);
const small = document(comparison(), cold, nothing);
/** Names come from a repository; each of these means something in one of the formats. */
const HOSTILE = ['=HYPERLINK("http://x")', 'a"b\\c\nd', '{x="y"} 1', '__proto__', '# EOF', 'ä,;\t€'];
const hostile = document(...HOSTILE.map((name) => comparison({ function: name, isolation: name })));

describe('OpenMetrics', () => {
  test('the reference parser of Prometheus reads it, names as they are', (context) => {
    const script = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, s.value] for f in parse(sys.stdin.read()) for s in f.samples]))`;
    if (spawnSync('python3', ['-c', 'import prometheus_client']).status !== 0)
      context.skip('the Python package prometheus_client is not installed');
    const read = (text: string) =>
      JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }));
    expect(read(toOpenMetrics(small))).toHaveLength(1 + 1 + 1 + 1 + 1 + 1 + 1 + 3 * 4);
    const names = new Set(
      read(toOpenMetrics(hostile)).map(([, labels]: [string, Record<string, string>]) => labels['function']),
    );
    expect(names).toEqual(new Set(HOSTILE));
  });
});

describe('CSV', () => {
  test('no name is a formula, and what comes back has as many rows', () => {
    const text = toCsv(hostile);
    expect(text).toContain(`shop,"'=HYPERLINK(""http://x"")"`);
    const script = 'import csv, json, sys\nprint(json.dumps(list(csv.reader(open(0, newline="", encoding="utf8")))))';
    const rows = JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }));
    expect(rows).toHaveLength(1 + HOSTILE.length);
    expect(rows.map((row: string[]) => row.length)).toEqual(Array(1 + HOSTILE.length).fill(16));
    expect(rows.slice(1).every(([, name]: string[]) => !/^[=+\-@\t\r]/.test(name ?? ''))).toBe(true);
  });
});
