/** A further attempt that carries nothing on: passes ask for surer evidence, fails for no less. */
import { expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { blocks, latency, samplesOf } from '../support/decide-samples.ts';

const verdictOf = (factor: number, unseenAttempts?: number) => {
  const samples = samplesOf(blocks(16, { factor, sigma: 0.02 }), { ...(unseenAttempts && { unseenAttempts }) });
  return decide(samples, latency('+10%'), { replan: true }).verdict;
};

it.each([
  ['clearly within its limit', 1.02, ['pass', 'pass']],
  ['just within its limit', 1.08, ['pass', 'inconclusive']],
  ['beyond its limit', 1.2, ['fail', 'fail']],
])('%s: at the first attempt, and at a second that knows nothing of it', (_name, factor, verdicts) => {
  expect([verdictOf(factor), verdictOf(factor, 1)]).toEqual(verdicts);
});
