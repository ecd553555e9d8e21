/** Limits that no number of blocks can decide: neither red nor green, with the reason and what to do in one sentence. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { blocks, configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

const judge = (records: InstanceRecord[], config: ReturnType<typeof latency>) => {
  const { verdict, comparisons, warnings } = decide(samplesOf(records), config);
  return { verdict, reason: comparisons[0]?.reason, codes: warnings.map(({ code }) => code) };
};

test('a limit that is what the isolation costs', () => {
  expect(judge(blocks(60, { factor: 1.1, seed: 4 }), latency('+10%'))).toEqual({
    verdict: 'inconclusive',
    reason:
      'after 60 blocks the interval from +9.50% to +10.5% is not clearly above or below the limit +10%; about 2873 blocks would decide it, far more than measure.max_blocks (60) allows: move the limit out of this interval; an excess of 0.54% over the limit could have been proven',
    codes: [],
  });
});

test('a limit far below the noise', () => {
  expect(judge(blocks(60, { sigma: 0.05, seed: 4 }), latency('+0.1%'))).toEqual({
    verdict: 'inconclusive',
    reason:
      'after 60 blocks the interval from −2.25% to +2.39% is not clearly above or below the limit +0.1%; about 5083 blocks would decide it, far more than measure.max_blocks (60) allows: move the limit out of this interval; an excess of 2.75% over the limit could have been proven',
    codes: [],
  });
});

test('a limit far below the steps in which memory is counted', () => {
  const random = seeded(1);
  const pages = (count: number) => ({ memory_bytes: 4096 * Math.round(count + 0.4 * normal(random)) });
  const records = Array.from({ length: 60 }, (_, block) => [
    instance(block, 'control', pages(1000)),
    instance(block, 'treatment', pages(1000)),
  ]).flat() as InstanceRecord[];
  expect(judge(records, configOf({ budgets: { runc: { memory: '+1KiB' } } }))).toEqual({
    verdict: 'inconclusive',
    reason:
      'after 60 blocks the interval from +0 B to +0 B is not clearly above or below the limit +1KiB (widened both ways by 2.00 KiB); 3 distinct values of native in 60 blocks, at least 4.00 KiB apart, are too coarse for this limit, so it is widened by half of such a step: set a limit of several steps',
    codes: ['coarse-values'],
  });
});
