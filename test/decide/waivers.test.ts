/** Intended regressions: in force, expired, unmatched, and what the report says of them. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { Waiver } from '../../src/model/config.ts';
import type { SamplesHeader } from '../../src/model/samples.ts';
import { renderReport } from '../../src/report/render-report.ts';
import { blocks, configOf, samplesOf } from '../support/decide-samples.ts';

const config = configOf({ budgets: { runc: { latency: '+10%' } } });
const waiver = (over: Partial<Waiver> = {}): Waiver => ({
  ...{ function: 'f', isolation: 'runc', metric: 'latency', kind: 'budget', reason: 'new | decoder', owner: '@mona' },
  ...{ limit: { scale: 'ratio', factor: 1.4, text: '+40%' }, expires: '2026-11-26', ...over },
});
const header = (waivers: Waiver[], startedAt = '2026-11-26T23:59:59.000Z'): Partial<SamplesHeader> => ({
  ...{ waivers, startedAt, config: config.document },
});
const run = (waivers: Waiver[], { factor = 1.2, startedAt = undefined as string | undefined } = {}) => {
  const samples = samplesOf(blocks(30, { factor }), header(waivers, startedAt));
  const verdict = decide(samples, config);
  return { verdict, report: renderReport({ verdict, samples }), codes: verdict.warnings.map(({ code }) => code) };
};

describe('in force', () => {
  test('its limit holds in the place of the configured one, through the whole last day', () => {
    const { verdict, report, codes } = run([waiver()]);
    expect(verdict.verdict).toBe('pass');
    expect(verdict.comparisons[0]).toMatchObject({
      ...{ verdict: 'pass', limit: 1.4 },
      waiver: { reason: 'new | decoder', owner: '@mona', expires: '2026-11-26', configured: '+10%' },
    });
    expect(codes).toEqual(['waiver-expires-soon']);
    expect(report).toContain(
      '`f` under `runc`: latency has the limit +40% instead of +10%: waived until 2026-11-26 by ',
    );
    expect(report).toContain('#### Waivers in force');
    expect(report).not.toMatch(/[^\\@]@mona/);
  });

  test('it is no blank cheque: its own limit fails', () => {
    expect(run([waiver()], { factor: 1.6 }).verdict.verdict).toBe('fail');
  });

  test('of two the one that ends last counts', () => {
    const later = waiver({ expires: '2027-06-01', limit: { scale: 'ratio', factor: 1.3, text: '+30%' } });
    const { verdict, codes } = run([waiver(), later]);
    expect(verdict.comparisons[0]?.limit).toBe(1.3);
    expect(codes).toEqual(['waiver-expires-soon']);
  });

  test('a waiver of growth is not one of the budget', () => {
    const { verdict } = run([waiver({ kind: 'regression' })]);
    expect(verdict.comparisons[0]?.limit).toBe(1.1);
    expect(verdict.verdict).toBe('fail');
  });
});

describe('the run fails loudly', () => {
  test('when it has expired, also where the configured limit is kept', () => {
    const { verdict, report } = run([waiver()], { factor: 1, startedAt: '2026-11-27T00:00:00.000Z' });
    expect(verdict.comparisons[0]).toMatchObject({ verdict: 'pass', limit: 1.1 });
    expect(verdict.verdict).toBe('fail');
    expect(verdict.warnings[0]).toEqual({
      code: 'waiver-expired',
      message:
        '.isogate/waivers.yml: the waiver for f under runc (latency budget) expired on 2026-11-26; its configured limit holds again. Remove it, or have @mona renew it with a reason',
    });
    expect(report.split('\n').slice(0, 3).join('\n')).toContain(
      '### ❌ Isogate isogate: fail\n\n.isogate/waivers.yml: the waiver',
    );
  });

  test.each([
    ['function', { function: 'g' }],
    ['isolation', { isolation: 'gvisor' }],
    ['metric', { metric: 'memory' }],
    ['kind', { kind: 'regression' }],
  ] as [string, Partial<Waiver>][])('when its %s matches nothing', (_, over) => {
    const { verdict } = run([waiver(over)], { factor: 1 });
    expect(verdict.verdict).toBe('fail');
    expect(verdict.warnings[0]?.code).toBe('waiver-unmatched');
  });

  test('when nobody knows what day it was', () => {
    const samples = samplesOf(blocks(30, { factor: 1 }), { waivers: [waiver()] });
    expect(decide(samples, config).verdict).toBe('fail');
  });

  test('but not where the change under test takes it away', () => {
    const { verdict, codes } = run([waiver({ leaving: true })], { factor: 1, startedAt: '2026-12-24T00:00:00Z' });
    expect([verdict.verdict, codes]).toEqual(['pass', ['waiver-expired']]);
  });
});
