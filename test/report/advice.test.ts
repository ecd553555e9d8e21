import { expect, test } from 'vitest';
import type { Samples } from '../../src/model/samples.ts';
import type { ComparisonResult, ComparisonVerdict, VerdictDocument } from '../../src/model/verdict.ts';
import { advice } from '../../src/report/advice.ts';
import { inlines, inlineText } from '../../src/report/document.ts';
import { emptySamples, instanceRecord } from '../support/samples.ts';

const open = (more: Partial<ComparisonResult>): ComparisonVerdict => ({
  ...{ function: 'f', isolation: 'gvisor', metric: 'latency', kind: 'budget', gated: true, scale: 'ratio', unit: 'x' },
  ...{ estimate: 1.1, lower: 1.0, upper: 1.2, limit: 1.1, confidence: 0.95, verdict: 'inconclusive', blocks: 60 },
  ...{ smallestProvable: 0.1, emulated: false, reason: '' },
  ...more,
});
const told = (...comparisons: ComparisonVerdict[]) => toldOf({}, ...comparisons);
const toldOf = (samples: Partial<Samples>, ...comparisons: ComparisonVerdict[]) => {
  const document = { verdict: 'inconclusive', comparisons } as unknown as VerdictDocument;
  return advice(document, { ...emptySamples(), ...samples }).map((text) => inlines(text).map(inlineText).join(''));
};

test('what more blocks would settle says how many', () => {
  expect(told(open({ blocksToSettle: 140 }))).toEqual([
    'f under gvisor, latency: give the run more time (measure.time, measure.max_blocks). About 140 blocks would decide it. The smallest excess that this run could have proven is +10.0%.',
  ]);
});

test('at its limit no time helps', () => {
  const [first, second] = told(open({ blocksToSettle: null, smallestProvable: null }), open({ metric: 'cpu' }));
  expect(first).toBe(
    'f under gvisor, latency: the overhead is too near its limit to be told apart from it. Raise the limit or lower the cost; more time alone will hardly help.',
  );
  expect(second).toBe('The same holds for 1 more: see the table.');
});

test('nor where it would take many times the blocks that may be measured', () => {
  const looks = { schedule: [12, 60], alphaFail: 0.01, alphaPass: 0.05, comparisons: [] };
  const samples = { header: { ...emptySamples().header, looks } };
  expect(toldOf(samples, open({ blocksToSettle: 2900, smallestProvable: null }))).toEqual([
    'f under gvisor, latency: the overhead is too near its limit to be told apart from it. Raise the limit or lower the cost; more time alone will hardly help.',
  ]);
  expect(toldOf(samples, open({ blocksToSettle: 140, smallestProvable: null }))[0]).toContain('About 140 blocks');
});

const TIME = 'give the run more time (measure.time, measure.max_blocks).';

test('blocks that were alike need a steadier host, wherever the estimate is', () => {
  expect(
    told(open({ blocksToSettle: null, effectiveBlocks: 1, lower: null, upper: null, smallestProvable: null })),
  ).toEqual([
    `f under gvisor, latency: neighbouring blocks were alike (each mostly repeats what the one before it showed, as when something on the machine changes slowly), so its 60 blocks count as 1 independent block. Look for what changes on the host, or in the function, during the run; then ${TIME}`,
  ]);
});

test('what was given up for lack of time needs time', () => {
  const plans = new Map([['f', [{ horizon: 20, until: null, hopeless: ['gvisor'] }]]]);
  expect(toldOf({ plans }, open({ blocksToSettle: null, blocks: 12, smallestProvable: null }))).toEqual([
    `f under gvisor, latency: it was given up after 12 blocks, because the time that was left could not decide it; ${TIME}`,
  ]);
});

test('an estimate far from its limit is not called near', () => {
  const far = { blocksToSettle: null, smallestProvable: null, estimate: 1.18, limit: 1.1 };
  expect(told(open({ ...far, lower: 1.0, upper: 1.2 }))).toEqual([
    `f under gvisor, latency: the warnings say what holds it back; mend that first, then ${TIME}`,
  ]);
  expect(told(open({ ...far, lower: null, upper: null }))).toEqual([
    `f under gvisor, latency: there were too few blocks for an interval; ${TIME}`,
  ]);
});

test('an http function with an unexpected answer may have another path or method', () => {
  const record = { ...instanceRecord(0, 'control', {}), status: 'unexpected-answer' as const };
  const adviceOf = (fn: object) => {
    const samples = { ...emptySamples(), instances: [record] };
    samples.header.config = { functions: { f: fn } };
    const document = { verdict: 'not-measured', comparisons: [] } as unknown as VerdictDocument;
    return advice(document, samples).map((text) => inlines(text).map(inlineText).join(''));
  };
  const expected =
    'If the answers of f are as they should be, say so with functions.f.expect; if it lacks a variable, set it with functions.f.env';
  expect(adviceOf({ http: { port: 80 } })).toEqual([
    `${expected}; if it answers with status 404 or 405, correct functions.f.http.path or functions.f.http.method.`,
  ]);
  expect(adviceOf({ handler: 'a.mjs#b' })).toEqual([`${expected}.`]);
});
