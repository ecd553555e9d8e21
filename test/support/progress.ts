import type { FunctionProgress } from '../../src/model/progress.ts';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';
import { fixture } from '../report/fixture.ts';

/** An open comparison whose interval reaches from below no cost to near its limit. */
export const widest: ComparisonVerdict = {
  ...{ function: 'thumbnail', isolation: 'gvisor', metric: 'latency', kind: 'budget', gated: true },
  ...{ scale: 'ratio', unit: 'x', estimate: 1.286, lower: 0.938, upper: 2.56, limit: 3, confidence: 0.95 },
  ...{ verdict: 'inconclusive', blocks: 5, smallestProvable: null, emulated: false, reason: '' },
};

/** The first of three functions, in the middle of its blocks. */
export const progressOf = (change: Partial<FunctionProgress> = {}): FunctionProgress => ({
  ...{ function: 'thumbnail', place: 1, of: 3, stage: 'blocks', blocks: 5, mostBlocks: 24, leftMs: 12_500 },
  ...{ running: 'gvisor', tookMs: 9_000, reason: null },
  isolations: [
    { isolation: 'runc', state: 'decided', blocks: 4 },
    { isolation: 'gvisor', state: 'open', blocks: null },
  ],
  findWidest: () => widest,
  decideNow: () => fixture('pass'),
  ...change,
});
