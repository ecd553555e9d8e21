import { expect, test } from 'vitest';
import type { ComparisonVerdict, VerdictDocument } from '../../src/model/verdict.ts';
import { advice } from '../../src/report/advice.ts';
import { inlines, inlineText } from '../../src/report/document.ts';
import { emptySamples } from '../support/samples.ts';

const open = (more: Partial<ComparisonVerdict>): ComparisonVerdict => ({
  ...{ function: 'f', isolation: 'gvisor', metric: 'latency', kind: 'budget', gated: true, scale: 'ratio', unit: 'x' },
  ...{ estimate: 1.1, lower: 1.0, upper: 1.2, limit: 1.1, confidence: 0.95, verdict: 'inconclusive', blocks: 60 },
  ...{ smallestProvable: 0.1, emulated: false, reason: '' },
  ...more,
});
const told = (...comparisons: ComparisonVerdict[]) => {
  const document = { verdict: 'inconclusive', comparisons } as unknown as VerdictDocument;
  return advice(document, emptySamples()).map((text) => inlines(text).map(inlineText).join(''));
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
