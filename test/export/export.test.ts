import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { toActionBenchmark } from '../../src/export/to-action-benchmark.ts';
import { toBmf } from '../../src/export/to-bmf.ts';
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

/** As published at https://bencher.dev/bmf.json (draft 7): names to measures to numbers, of which `value` must be there. */
const NUMBERS = {
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'number' }, lower_value: { type: 'number' }, upper_value: { type: 'number' } },
};
const BMF = { type: 'object', patternProperties: { '.+': { type: 'object', patternProperties: { '.+': NUMBERS } } } };

describe('Bencher Metric Format', () => {
  test('names to measures to values', () => {
    expect(JSON.parse(toBmf(small))).toEqual({
      'shop/api/runc': {
        'latency-overhead': { value: 1.31, lower_value: 1.27, upper_value: 1.35 },
        'cold-start-growth-ms': { value: 40, upper_value: 50 },
      },
    });
  });

  test('is what the published schema asks for, whatever the names', () => {
    const validate = new Ajv().compile(BMF);
    for (const one of [small, hostile, document()]) {
      expect(validate(JSON.parse(toBmf(one)))).toBe(true);
    }
    expect(Object.keys(JSON.parse(toBmf(hostile)))).toHaveLength(HOSTILE.length);
  });
});

describe('github-action-benchmark', () => {
  test('is the custom JSON for customSmallerIsBetter', () => {
    expect(JSON.parse(toActionBenchmark(small))).toEqual([
      {
        ...{ name: 'api/runc latency overhead', unit: 'x', value: 1.31, range: '1.27 to 1.35' },
        extra: 'fail; limit 1.15 x; 12 blocks',
      },
      { name: 'api/runc cold start growth', unit: 'ms', value: 40, extra: 'pass; limit 150 ms; 12 blocks' },
    ]);
  });

  test('each entry has what its reader takes: name, unit, a number, texts', () => {
    for (const entry of JSON.parse(toActionBenchmark(hostile)))
      expect(entry).toEqual({
        ...{ name: expect.any(String), unit: expect.any(String), value: expect.any(Number) },
        ...{ range: expect.any(String), extra: expect.any(String) },
      });
  });
});

describe('OpenMetrics', () => {
  test('gauges in base units, the verdicts as a state set', () => {
    const key = '{gate="shop",function="api",isolation="runc",metric="latency",kind="overhead"';
    const text = toOpenMetrics(document(comparison()));
    expect(text.split('\n')).toEqual([
      '# TYPE isogate_cost_ratio gauge',
      '# UNIT isogate_cost_ratio ratio',
      '# HELP isogate_cost_ratio Measured cost of an isolation, or its growth.',
      `isogate_cost_ratio${key}} 1.31`,
      ...['lower 1.27 Lower', 'upper 1.35 Upper'].flatMap((one) => {
        const [side, value, Side] = one.split(' ');
        const name = `isogate_cost_${side}_ratio`;
        return [
          `# TYPE ${name} gauge`,
          `# UNIT ${name} ratio`,
          `# HELP ${name} ${Side} bound of the measured cost.`,
          `${name}${key}} ${value}`,
        ];
      }),
      '# TYPE isogate_limit_ratio gauge',
      '# UNIT isogate_limit_ratio ratio',
      '# HELP isogate_limit_ratio Limit that the cost is held against.',
      `isogate_limit_ratio${key}} 1.15`,
      '# TYPE isogate_verdict stateset',
      '# HELP isogate_verdict What was decided.',
      `isogate_verdict${key},isogate_verdict="pass"} 0`,
      `isogate_verdict${key},isogate_verdict="fail"} 1`,
      `isogate_verdict${key},isogate_verdict="inconclusive"} 0`,
      `isogate_verdict${key},isogate_verdict="not-measured"} 0`,
      '# EOF',
      '',
    ]);
    expect(toOpenMetrics(small)).toContain(
      'isogate_cost_seconds{gate="shop",function="api",isolation="runc",metric="cold_start",kind="growth"} 0.04\n',
    );
    expect(toOpenMetrics(document())).toBe('# EOF\n');
  });
});

describe('CSV', () => {
  test('a row a comparison, lines end as RFC 4180 says', () => {
    expect(toCsv(small).split('\r\n')).toEqual([
      'gate,function,isolation,metric,kind,verdict,gated,unit,estimate,lower,upper,limit,confidence,blocks,emulated,reason',
      'shop,api,runc,latency,budget,fail,true,x,1.31,1.27,1.35,1.15,0.99,12,false,"above, surely"',
      "shop,api,runc,cold_start,regression,pass,true,ms,40,,50,150,0.99,12,false,'-1 ms and more",
      'shop,api,runc,memory,budget,not-measured,false,x,,,,1.15,0.99,12,false,"above, surely"',
      '',
    ]);
  });
});
