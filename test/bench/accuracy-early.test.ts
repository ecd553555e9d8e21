import { mean, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { drawNoise, EARLY_FAMILIES, type EarlyFamily } from '../../bench/accuracy/early-noise.ts';
import { type EarlyTask, runEarly, runUnseen, type UnseenTask } from '../../bench/accuracy/early-tasks.ts';
import { seededRandom } from '../../bench/accuracy/random.ts';
import { meanBlocks, rateOf } from '../../bench/accuracy/tally.ts';

describe('noise', () => {
  it.each(Object.keys(EARLY_FAMILIES) as EarlyFamily[])('%s has a deviation of about one', (family) => {
    const { values, twin } = drawNoise(family, 20_000, seededRandom(3));
    expect(sampleStandardDeviation(values)).toBeGreaterThan(0.7);
    expect(sampleStandardDeviation(values)).toBeLessThan(1.4);
    expect(Math.abs(mean(twin))).toBeLessThan(0.1);
  });

  it('modes in the treatment alone are not in the A/A control', () => {
    const { values, twin } = drawNoise('two modes in the treatment alone, 50:50', 20_000, seededRandom(3));
    expect(sampleStandardDeviation(twin) / sampleStandardDeviation(values)).toBeLessThan(0.4);
  });
});

const TASK: Omit<EarlyTask, 'distance'> = {
  kind: 'early',
  family: 'normal',
  situation: 'known',
  deviation: 0.15,
  blocks: 24,
  isOver: false,
  hasBefore: true,
  runs: 100,
  seed: 1,
};

describe('runs', () => {
  it('ten noise widths below the limit: pass after 4 to 6 blocks in place of 12', () => {
    const [now, before] = runEarly({ ...TASK, distance: -1.5 });
    expect(rateOf(now as never, ['pass']).rate).toBe(1);
    expect(meanBlocks(now as never)).toBeLessThan(6);
    expect(meanBlocks(before as never)).toBeGreaterThanOrEqual(12);
  });

  it('at the limit ten blocks decide nothing, alone or not', () => {
    for (const situation of ['known', 'alone'] as const) {
      const [now] = runEarly({ ...TASK, situation, distance: 0, blocks: 11, hasBefore: false });
      expect(rateOf(now as never, ['inconclusive']).rate).toBe(1);
    }
  });

  it('logs: the truth is each log’s own centre', () => {
    const pairs = Array.from({ length: 30 }, (_, n) => ({ control: [100], treatment: [200 + (n % 5)] }));
    const log = { name: 'log', injectedPercent: 0, pairs };
    const task: Omit<UnseenTask, 'limit'> = {
      kind: 'unseen',
      set: 0,
      blocks: 20,
      situation: 'known',
      isOver: false,
      hasBefore: true,
      runs: 10,
      seed: 1,
    };
    const [now, before] = runUnseen({ ...task, limit: 2 }, [[log]]);
    expect([meanBlocks(now as never), meanBlocks(before as never)]).toEqual([4, 12]);
    expect(rateOf(now as never, ['pass']).rate).toBe(1);
    const [fails] = runUnseen({ ...task, limit: 0.5 }, [[log]]);
    expect(rateOf(fails as never, ['fail']).rate).toBe(1);
  });
});
