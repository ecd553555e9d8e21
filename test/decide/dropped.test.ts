/** What was decided and dropped while the run went on is decided the same at its end, whatever others do after it. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { applyStoppingRule } from '../../src/decide/stopping-rule.ts';
import type { Config } from '../../src/model/config.ts';
import type { BlockRecord, InstanceRecord, Samples } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

/** Runs block after block as the product does: decided isolations get no more of them. */
const run = (
  config: Config,
  costOf: (isolation: string, block: number) => number,
  change: (record: InstanceRecord) => InstanceRecord = (record) => record,
): { samples: Samples; decidedAt: Map<string, number> } => {
  const random = seeded(6);
  const instances: InstanceRecord[] = [];
  const planned: BlockRecord[] = [];
  const decidedAt = new Map<string, number>();
  const samples: Samples = { ...samplesOf(instances), blocks: planned };
  for (let block = 0; block < 40; block += 1) {
    const arms = ['runc', 'gvisor'].filter((name) => !decidedAt.has(name));
    if (arms.length === 0) break;
    const cost = (name: string) => ({ latency_ms: costOf(name, block) * Math.exp(0.01 * normal(random)) });
    const of = (isolation: string, arm: 'control' | 'twin' | 'treatment') =>
      change(instance(block, arm, cost(arm === 'twin' ? 'twin' : isolation), { isolation }) as InstanceRecord);
    const records = [of('native', 'control'), of('native', 'twin'), ...arms.map((name) => of(name, 'treatment'))];
    planned.push({
      ...{ type: 'block', function: 'f', block },
      arms: records.map(({ isolation, arm, revision }) => ({ isolation, arm, revision })),
    });
    instances.push(...records);
    for (const { isolation, state } of applyStoppingRule(samples, config, 'f', 60 - block))
      if (state === 'decided' && isolation !== 'native' && !decidedAt.has(isolation))
        decidedAt.set(isolation, block + 1);
  }
  return { samples, decidedAt };
};

const config = configOf({
  isolations: { native: {}, runc: {}, gvisor: {} },
  budgets: { runc: { latency: '+10%' }, gvisor: { latency: '+10%' } },
});
const costs = (runc: number, gvisor: number, twin: (block: number) => number = () => 100) => {
  return (isolation: string, block: number) => {
    if (isolation === 'twin') return twin(block);
    return isolation === 'runc' ? runc : isolation === 'gvisor' ? gvisor : 100;
  };
};
const ofRunc = (samples: Samples) => decide(samples, config).comparisons.find(({ isolation }) => isolation === 'runc');

test('a control that fails after the drop takes no pass away', () => {
  const { samples, decidedAt } = run(config, costs(100, 109.5), (record) =>
    record.block === 30 && record.arm === 'control' ? { ...record, status: 'crashed', metrics: {} } : record,
  );
  expect(decidedAt.get('runc')).toBeLessThan(25);
  expect(ofRunc(samples)).toMatchObject({ verdict: 'pass', blocks: decidedAt.get('runc') });
});

test('a twin that shifts after the drop takes no fail away', () => {
  const { samples, decidedAt } = run(
    config,
    costs(116, 109.5, (block) => (block < 16 ? 100 : 130)),
  );
  expect(decidedAt.get('runc')).toBeLessThan(17);
  expect(ofRunc(samples)).toMatchObject({ verdict: 'fail', blocks: decidedAt.get('runc') });
});

test.each([
  [1, 12],
  [6, 24],
  [12, 20],
  [12, 30],
])('a pass that %i comparisons came to by a plan of %i blocks is one at the end, on as many', (count, horizon) => {
  const names = Array.from({ length: count }, (_, index) => `arm-${index}`);
  const many = configOf({
    isolations: { native: {}, ...Object.fromEntries(names.map((name) => [name, { type: 'runc' }])) },
    budgets: Object.fromEntries(names.map((name) => [name, { latency: '3x' }])),
  });
  const random = seeded(8);
  const instances: InstanceRecord[] = [];
  const samples: Samples = {
    ...samplesOf(instances),
    plans: new Map([['f', [{ horizon, until: null, hopeless: [] }]]]),
  };
  const decidedAt = new Map<string, number>();
  let measured = 0;
  for (; measured < horizon; measured += 1) {
    const cost = () => ({ latency_ms: 100 * Math.exp(0.01 * normal(random)) });
    instances.push(
      instance(measured, 'control', cost()) as InstanceRecord,
      ...names.map((isolation) => instance(measured, 'treatment', cost(), { isolation }) as InstanceRecord),
    );
    const states = applyStoppingRule(samples, many, 'f', horizon - measured - 1);
    for (const { isolation, state } of states)
      if (state === 'decided' && !decidedAt.has(isolation)) decidedAt.set(isolation, measured + 1);
    if (states.every(({ state }) => state !== 'open')) break;
  }
  expect(measured + 1).toBeLessThan(horizon);
  const { verdict, comparisons } = decide({ ...samples, end: { type: 'end', reason: 'decided' } }, many);
  expect(verdict).toBe('pass');
  expect(comparisons.map(({ blocks }) => blocks)).toEqual(names.map((name) => decidedAt.get(name)));
});

test('a control that never worked is the reason, though no block was to hold anything else', () => {
  const failing = instance(0, 'control', {}, { status: 'handler-error', error: 'TypeError: no such thing' });
  const arms = [{ isolation: 'native', arm: 'control', revision: 'head' } as const];
  const samples: Samples = {
    ...samplesOf([failing as InstanceRecord]),
    blocks: [{ type: 'block', function: 'f', block: 0, arms }],
  };
  expect(ofRunc(samples)).toMatchObject({
    verdict: 'not-measured',
    gated: true,
    reason: '1 of 1 control native instances failed (handler-error: TypeError: no such thing)',
  });
});

test('blocks of arms without a limit decide nothing, whatever they say of the control', () => {
  const arms = (treatment: string) =>
    [
      { isolation: 'native', arm: 'control' },
      { isolation: treatment, arm: 'treatment' },
    ].map((arm) => ({ ...arm, revision: 'head' as const })) as BlockRecord['arms'];
  const records = (count: number, from: number, isolation: string, controlMs: number, treatmentMs: number) =>
    Array.from({ length: count }, (_, index) => [
      instance(from + index, 'control', { latency_ms: controlMs + index / 10 }) as InstanceRecord,
      instance(from + index, 'treatment', { latency_ms: treatmentMs + index / 10 }, { isolation }) as InstanceRecord,
    ]).flat();
  const blocks = (count: number, from: number, isolation: string, orientation: boolean): BlockRecord[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ type: 'block', function: 'f', block: from + index, arms: arms(isolation) },
      ...(orientation && { orientation: true as const }),
    }));
  const both = configOf({
    isolations: { native: {}, runc: {}, gvisor: {} },
    budgets: { runc: { latency: '+10%' } },
    compare: 'none',
  });
  const alone: Samples = {
    ...samplesOf(records(20, 0, 'runc', 100, 102)),
    blocks: blocks(20, 0, 'runc', false),
  };
  const after: Samples = {
    ...samplesOf([...alone.instances, ...records(4, 20, 'gvisor', 900, 300)]),
    blocks: [...(alone.blocks ?? []), ...blocks(4, 20, 'gvisor', true)],
  };
  const { comparisons } = decide(alone, both);
  expect(comparisons).toMatchObject([{ isolation: 'runc', verdict: 'pass' }]);
  expect(decide(after, both).comparisons).toEqual(comparisons);
});

test('an isolation that did not fit is told with the time that it takes', () => {
  const samples: Samples = {
    ...samplesOf([]),
    plans: new Map([['f', [{ horizon: 12, until: null, hopeless: [], unfitMs: { runc: 700_000 } }]]]),
  };
  expect(ofRunc(samples)).toMatchObject({
    verdict: 'not-measured',
    gated: true,
    reason: 'a decision would take about 11.7 min, more than measure.max_time allows; set measure: { max_time: 13m }',
  });
});

test('an isolation whose first instance was stopped is told with what to begin with', () => {
  const plan = { horizon: 12, until: null, hopeless: [], unfitMs: { runc: 700_000 }, stoppedMs: { runc: 90_000 } };
  const samples: Samples = { ...samplesOf([]), plans: new Map([['f', [plan]]]) };
  expect(ofRunc(samples)).toMatchObject({
    verdict: 'not-measured',
    gated: true,
    reason:
      'its first instance was stopped after 90 s, a quarter of what measure.max_time left, because a decision takes four at the least; set measure: { max_time: 13m } or more',
  });
});
