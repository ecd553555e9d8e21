/** What the header says of the change decides what growth is measured against. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import type { BaseOfFunction, ChangeUnderTest, InstanceRecord } from '../../src/model/samples.ts';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';
import { normal, seeded } from '../stats/support.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

const COMMIT = 'b'.repeat(40);
const change = (base: BaseOfFunction): ChangeUnderTest => ({
  ...{ head: 'a'.repeat(40), base: COMMIT, basis: 'merge-base', functions: { f: base } },
});
const BESIDE: BaseOfFunction = { state: 'beside', digest: `sha256:${'1'.repeat(64)}` };
const SAME: BaseOfFunction = { state: 'same-image', digest: `sha256:${'1'.repeat(64)}` };
const NOT_BUILT: BaseOfFunction = { state: 'not-built', reason: 'build of f: exit code 1', own: true };
const NOT_RUNNING: BaseOfFunction = {
  state: 'not-running',
  reason: 'no instance of native ended well (crashed)',
  own: true,
};

/** Costs of about 10 ms times a factor, 0.5 % of noise; the base's fail where their factor is null. */
const measured = (count: number, head: number, base: number | null | undefined): InstanceRecord[] => {
  const random = seeded(5);
  const cost = (factor: number) => ({ latency_ms: 10 * factor * Math.exp(0.005 * normal(random)) });
  const ofBase = { revision: 'base' as const };
  const failed = { ...ofBase, status: 'crashed' as const, error: 'exit code 1' };
  return Array.from({ length: count }, (_, block) => [
    instance(block, 'control', cost(1)),
    instance(block, 'twin', cost(1)),
    instance(block, 'treatment', cost(head)),
    ...(base === undefined
      ? []
      : base === null
        ? [instance(block, 'control', {}, failed), instance(block, 'treatment', {}, failed)]
        : [instance(block, 'control', cost(1), ofBase), instance(block, 'treatment', cost(base), ofBase)]),
  ]).flat() as InstanceRecord[];
};

const stored = (factor: number): BaselineRecord => {
  const random = seeded(9);
  const ratio = Array.from({ length: 30 }, () => Math.log(factor) + 0.005 * normal(random));
  return {
    ...{ schema: 'isogate.baseline/1', gate: 'isogate', function: 'f', isolation: 'runc', metric: 'latency' },
    ...{ fingerprint: { kernel: '6.12' }, runId: 'earlier', attempt: 1, commit: 'c'.repeat(40) },
    ...{ recordedAt: '2026-11-01T00:00:00Z', verdict: 'pass', control: ratio.map(() => 10) },
    blocks: { ratio, difference: ratio.map((one) => 10 * Math.expm1(one)) },
  };
};

const config = configOf({ budgets: { runc: { latency: '+15%' } }, regression: { latency: '+5%' } });
const run = (
  instances: InstanceRecord[],
  base: BaseOfFunction | null,
  { baseline = [] as BaselineRecord[], document = config } = {},
) => decide(samplesOf(instances, { baseline, ...(base && { change: change(base) }) }), document);
const growth = ({ comparisons }: { comparisons: ComparisonVerdict[] }) =>
  comparisons.find(({ kind }) => kind === 'regression') as ComparisonVerdict;

describe('what growth is measured against', () => {
  test('the base beside the head, whatever is stored', () => {
    const document = run(measured(20, 1.1, 1.1), BESIDE, { baseline: [stored(1)] });
    expect(growth(document)).toMatchObject({ verdict: 'pass', against: { source: 'base', commit: COMMIT } });
  });

  test('nothing where head and base have one image: kept, and said so', () => {
    const document = run(measured(20, 1.1, undefined), SAME, { baseline: [stored(1)] });
    expect(growth(document)).toMatchObject({
      ...{ verdict: 'pass', gated: true, estimate: null, blocks: 0 },
      against: { source: 'same-image', commit: COMMIT },
      reason: `its image is the same on the base (${COMMIT.slice(0, 12)}, sha256:111111111111): the change cannot have affected it, so it was not measured twice`,
    });
    expect(document.warnings.map(({ code }) => code)).toEqual(['same-image']);
    expect(document.verdict).toBe('pass');
  });

  test('one image does not excuse a broken budget', () => {
    expect(run(measured(20, 1.3, undefined), SAME).verdict).toBe('fail');
  });

  test('the stored baseline where the base could not be built, with the reason', () => {
    const document = run(measured(20, 1.1, undefined), NOT_BUILT, { baseline: [stored(1)] });
    const reason = `the base (${COMMIT.slice(0, 12)}) could not be built: build of f: exit code 1`;
    expect(growth(document)).toMatchObject({
      verdict: 'fail',
      against: { source: 'stored', commit: 'c'.repeat(40), recordedAt: '2026-11-01T00:00:00Z', reason },
    });
    expect(document.warnings).toContainEqual({
      code: 'base-replaced',
      message: `f: ${reason}; growth is held against the stored baseline of cccccccccccc instead`,
    });
  });

  test.each([
    ['not-built', NOT_BUILT, 'the base (bbbbbbbbbbbb) could not be built: build of f: exit code 1'],
    ['not-running', NOT_RUNNING, 'on the base (bbbbbbbbbbbb) no instance of native ended well (crashed)'],
  ] as const)(
    'nothing where there is neither and the base is broken by itself (%s): not gated, and no pass of its own',
    (_, base, reason) => {
      const document = run(measured(20, 1.1, undefined), base);
      expect(growth(document)).toMatchObject({ verdict: 'not-measured', gated: false, cause: 'base-broken' });
      expect(growth(document).reason).toContain(reason);
      expect(document.verdict).toBe('pass');
      expect(document.warnings.map(({ code }) => code)).toContain('base-failed');
      const growthOnly = configOf({ regression: { latency: '+5%' } });
      expect(run(measured(20, 1.1, undefined), base, { document: growthOnly }).verdict).toBe('not-measured');
    },
  );

  test.each([
    ['not-built', { ...NOT_BUILT, own: undefined }],
    ['not-running', { ...NOT_RUNNING, own: undefined }],
  ])(
    'a base that may be broken because of the change: not measured, and the run with it (%s)',
    (_, { own: __, ...base }) => {
      const document = run(measured(20, 1.1, undefined), base as BaseOfFunction);
      expect(growth(document)).toMatchObject({ verdict: 'not-measured', gated: true });
      expect(document.verdict).toBe('not-measured');
      expect(
        growth(run(measured(20, 1.1, undefined), base as BaseOfFunction, { baseline: [stored(1)] })),
      ).toMatchObject({
        ...{ verdict: 'fail', gated: true, against: { source: 'stored' } },
      });
    },
  );

  test('a base that fails only beside the head is not believed to be broken by itself', () => {
    const document = run(measured(20, 1.1, null), BESIDE);
    expect(growth(document)).toMatchObject({ verdict: 'not-measured', gated: true });
    expect(growth(document).reason).toMatch(
      /^on the base \(bbbbbbbbbbbb\) no instance of native ended well \(crashed: exit code 1; /,
    );
    expect(document.verdict).toBe('not-measured');
    expect(growth(run(measured(20, 1.1, null), BESIDE, { baseline: [stored(1)] }))).toMatchObject({
      ...{ verdict: 'fail', gated: true },
    });
  });

  test('a base that the samples do not tell of: not measured', () => {
    const untold = { ...change(BESIDE), functions: {} };
    const decided = decide(samplesOf(measured(20, 1.1, undefined), { change: untold }), config);
    expect(decided.verdict).toBe('not-measured');
    expect(growth(decided)).toMatchObject({
      gated: true,
      reason: 'growth is not measured: the samples do not say how the base of f took part',
    });
    const none = decide(
      samplesOf(measured(20, 1.1, undefined), { missing: { base: 'the samples name no base' } }),
      config,
    );
    expect(growth(none)).toMatchObject({ gated: true, reason: 'growth is not measured: the samples name no base' });
  });

  test.each(['stored', 'both'] as const)('stored baselines that are missing: not measured (compare: %s)', (compare) => {
    const document = configOf({ ...config.document, compare });
    const missing = { baseline: 'the branch isogate-baselines of origin cannot be read' };
    const decided = decide(samplesOf(measured(20, 1.1, undefined), { missing }), document);
    expect(decided.verdict).toBe('not-measured');
    expect(growth(decided)).toMatchObject({
      ...{ gated: true, obstacle: 'baseline-missing' },
      reason: 'growth is not measured: the branch isogate-baselines of origin cannot be read',
    });
    expect(growth(decide(samplesOf(measured(20, 1.1, 1.1), { missing, change: change(BESIDE) }), document)).gated).toBe(
      true,
    );
    const kept = decide(samplesOf(measured(20, 1.1, undefined), { missing, baseline: [stored(1.1)] }), document);
    expect(growth(kept)).toMatchObject({ verdict: 'pass', gated: true });
  });

  test.each([
    ['base', null, 'no-base'],
    ['stored', null, 'no-baseline'],
    ['both', null, 'no-baseline'],
  ] as const)('compare: %s without a change', (compare, base, code) => {
    const document = configOf({ ...config.document, compare });
    expect(run(measured(20, 1.1, undefined), base, { document }).warnings.map((one) => one.code)).toEqual([code]);
  });

  test('compare: none leaves growth out', () => {
    const document = configOf({ ...config.document, compare: 'none' });
    expect(run(measured(20, 1.1, 1), BESIDE, { document }).comparisons.map(({ kind }) => kind)).toEqual(['budget']);
  });
});

describe('a broken budget', () => {
  const budget = ({ comparisons }: { comparisons: ComparisonVerdict[] }) => comparisons[0] as ComparisonVerdict;
  const budgetOnly = configOf({ budgets: { runc: { latency: '+15%' } } });
  const strict = configOf({ budgets: { runc: { latency: '+15%' } }, fail_on_base: true });

  test('that the base breaks as much is not held against the change, unless the configuration says so', () => {
    const document = run(measured(20, 1.3, 1.3), BESIDE, { document: budgetOnly });
    expect(budget(document)).toMatchObject({ verdict: 'fail', onBase: { verdict: 'fail', isInherited: true } });
    expect(budget(document).onBase?.estimate).toBeCloseTo(1.3, 2);
    expect(budget(document).onBase?.growth.estimate).toBeCloseTo(1, 2);
    expect(document.verdict).toBe('pass');
    expect(run(measured(20, 1.3, 1.3), BESIDE, { document: strict }).verdict).toBe('fail');
  });

  test.each([
    ['that the change made worse', 1.4, 1.3, 'fail'],
    ['that the base kept', 1.3, 1.05, 'pass'],
    ['that the base is too near to', 1.3, 1.15, 'inconclusive'],
  ] as const)('%s is the change’s', (_, head, base, verdict) => {
    const document = run(measured(20, head, base), BESIDE, { document: budgetOnly });
    expect(budget(document)).toMatchObject({ verdict: 'fail', onBase: { verdict, isInherited: false } });
    expect(document.verdict).toBe('fail');
  });

  test('a growth that is a trifle does not make it the change’s', () => {
    const document = run(measured(40, 1.3 * 1.006, 1.3), BESIDE, { document: budgetOnly });
    expect(budget(document).onBase?.growth.lower).toBeGreaterThan(1);
    expect(document.verdict).toBe('pass');
  });

  test('nothing is said of a base that did not run', () => {
    expect(budget(run(measured(20, 1.3, undefined), NOT_BUILT, { document: budgetOnly })).onBase).toBeUndefined();
  });
});

test('an isolation that is done takes nothing from what it was, while both controls go on', () => {
  const records = measured(30, 1.1, 1.1).filter(({ block, arm }) => block < 12 || arm !== 'treatment');
  const arms = (block: number) =>
    measured(1, 1, 1)
      .filter(({ arm }) => block < 12 || arm !== 'treatment')
      .map(({ isolation, arm, revision }) => ({ isolation, arm, revision }));
  const blocks = Array.from({ length: 30 }, (_, block) => ({
    ...{ type: 'block' as const, function: 'f', block, arms: arms(block) },
  }));
  const samples = { ...samplesOf(records, { change: change(BESIDE) }), blocks };
  const document = configOf({ regression: { latency: '+20%', control: '+1.2%' } });
  expect(decide(samples, document).comparisons).toMatchObject([
    { metric: 'latency', verdict: 'pass' },
    { metric: 'control', verdict: 'pass' },
  ]);
});
