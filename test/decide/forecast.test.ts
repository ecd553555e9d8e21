/** What is given up while the run goes on, and what an inconclusive comparison would have taken. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { applyStoppingRule } from '../../src/decide/stopping-rule.ts';
import type { AttemptPlan, InstanceRecord, Samples } from '../../src/model/samples.ts';
import { blocks, configOf, latency, samplesOf } from '../support/decide-samples.ts';

const config = latency('+10%');
const runc = (records: InstanceRecord[], left: number) =>
  applyStoppingRule(samplesOf(records), config, 'f', left)[1]?.state;

describe('standing of an isolation', () => {
  test('at the limit, with a little time left: futile; with enough, open; at the very end nothing is given up', () => {
    const at = blocks(40, { factor: 1.1, sigma: 0.02 });
    expect(runc(at, 3)).toBe('futile');
    expect(runc(at.slice(0, 45), 45)).toBe('open');
    expect(runc(at, 0)).toBe('open');
  });

  test('what is decided needs no more, and what has no limit never did', () => {
    expect(runc(blocks(20, { factor: 1.3 }), 20)).toBe('decided');
    expect(applyStoppingRule(samplesOf(blocks(20)), configOf({}), 'f', 20)[1]?.state).toBe('ungated');
  });

  test('before its first look nothing is given up', () => {
    expect(runc(blocks(5, { factor: 1.1 }), 1)).toBe('open');
  });
});

const planned = (records: InstanceRecord[], plan: Partial<AttemptPlan>): Samples => ({
  ...samplesOf(records),
  plans: new Map([['f', [{ horizon: null, until: null, hopeless: [], ...plan }]]]),
});

describe('plans of the file', () => {
  test('a plan of fewer blocks looks earlier', () => {
    const big = blocks(20, { factor: 1.2 });
    expect(decide(planned(big, {}), config).comparisons[0]?.blocks).toBe(12);
    expect(decide(planned(big, { horizon: 20 }), config).comparisons[0]?.blocks).toBe(10);
  });

  test('blocks after the plan are left out, with a warning', () => {
    const { comparisons, warnings } = decide(planned(blocks(20, { factor: 1.1 }), { horizon: 15 }), config);
    expect(comparisons[0]?.blocks).toBe(15);
    expect(warnings.map(({ code }) => code)).toContain('blocks-beyond-cap');
  });

  test('what was given up does not get the rest of alpha at the end', () => {
    const eight = blocks(8, { factor: 1 });
    expect(decide(planned(eight, { horizon: 30 }), config).verdict).toBe('pass');
    expect(decide(planned(eight, { horizon: 30, hopeless: ['runc'] }), config).verdict).not.toBe('pass');
  });
});

describe('a further attempt', () => {
  const attempts = (records: InstanceRecord[], until = 20): Samples => ({
    ...samplesOf(records),
    plans: new Map([
      [
        'f',
        [
          { horizon: until, until, hopeless: [] },
          { horizon: 60, until: null, hopeless: [] },
        ],
      ],
    ]),
  });

  test('what failed stays failed, however good later blocks are', () => {
    const records = [...blocks(20, { factor: 1.3 }), ...blocks(60, { factor: 1 }).slice(60)];
    expect(decide(attempts(records), config).verdict).toBe('fail');
  });

  test('what was open is decided on all blocks', () => {
    const records = blocks(60, { factor: 1.12, sigma: 0.02, seed: 4 });
    expect(decide(samplesOf(records.slice(0, 36)), config).verdict).toBe('inconclusive');
    expect(decide(attempts(records, 12), config).verdict).toBe('fail');
  });
});

test('inconclusive says what it could have proven, and what it would take', () => {
  const [comparison] = decide(samplesOf(blocks(40, { factor: 1.106, sigma: 0.02 })), config).comparisons;
  expect(comparison?.verdict).toBe('inconclusive');
  expect(comparison?.smallestProvable).toBeGreaterThan(0);
  expect(comparison?.reason).toMatch(
    /is not clearly above or below the limit \+10%; (about \d+ blocks would decide it, if the estimate holds|the estimate is too near the limit for any reasonable number of blocks)/,
  );
});
