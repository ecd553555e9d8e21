import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleCorrelation, sampleStandardDeviation } from 'simple-statistics';
import { afterAll, describe, expect, it } from 'vitest';
import { FAMILIES, RATIO_DEVIATION, simulate, simulateArms } from '../../bench/accuracy/families.ts';
import { decideClaims } from '../../bench/accuracy/our-rule.ts';
import { logRatios } from '../../bench/accuracy/paired-costs.ts';
import { seededRandom } from '../../bench/accuracy/random.ts';
import { addRuling, meanBlocks, mergeTallies, newTally, rateOf } from '../../bench/accuracy/tally.ts';
import { runTask } from '../../bench/accuracy/tasks.ts';
import { costsOf, factorTo, parsePairs, windowOf } from '../../bench/accuracy/tuning-set.ts';
import { pairsToSamples } from '../../bench/pairs-to-samples.ts';
import { decide } from '../../src/decide/decide.ts';
import { replay } from '../../src/gate/replay.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { pairedBounds } from '../../src/stats/paired-bounds.ts';
import { configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-accuracy-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const LIMIT = Math.log(1.025);
/** A fail of the ranks that is held back is red, but no fail: the bench counts it as undecided. */
const outcomeOf = (verdict: string | undefined) => (verdict === 'not-measured' ? 'inconclusive' : verdict);

describe('our rule', () => {
  it.each(FAMILIES)('%s: from differences alone it says what decide says of the samples', (family) => {
    for (const [index, factor] of [1, 1.025, 1.035, 1.05, 1.1].entries()) {
      const costs = simulate(family, factor, 60, seededRandom(100 + index));
      const records = costs.control.flatMap((control, block): InstanceRecord[] => [
        instance(block, 'control', { latency_ms: control }),
        instance(block, 'treatment', { latency_ms: costs.treatment[block] as number }),
      ]);
      const [comparison] = decide(samplesOf(records), latency('+2.5%')).comparisons;
      const [ruling] = decideClaims([{ differences: logRatios(costs), limit: LIMIT }], 60);
      expect(ruling).toEqual({ outcome: outcomeOf(comparison?.verdict), blocks: comparison?.blocks });
    }
  });

  it('with another cap, and fewer blocks than it', () => {
    const document = { budgets: { runc: { latency: '+2.5%' } }, measure: { max_blocks: 20 } };
    for (const blocks of [13, 20]) {
      const costs = simulate('normal', 1.04, blocks, seededRandom(9));
      const records = costs.control.flatMap((control, block): InstanceRecord[] => [
        instance(block, 'control', { latency_ms: control }),
        instance(block, 'treatment', { latency_ms: costs.treatment[block] as number }),
      ]);
      const [comparison] = decide(samplesOf(records), configOf(document)).comparisons;
      const [ruling] = decideClaims([{ differences: logRatios(costs), limit: LIMIT }], 20);
      expect(ruling).toEqual({ outcome: outcomeOf(comparison?.verdict), blocks: comparison?.blocks });
    }
  });

  it('twelve comparisons of one run, three functions with four isolations', () => {
    const truths = [1, 1.025, 1.05, 1.1];
    const isolations = ['runc', 'gvisor', 'bubblewrap', 'crun'];
    const functions = ['f', 'g', 'h'];
    const config = configOf({
      functions: Object.fromEntries(functions.map((name) => [name, {}])),
      isolations: Object.fromEntries(['native', ...isolations].map((name) => [name, {}])),
      budgets: Object.fromEntries(isolations.map((name) => [name, { latency: '+2.5%' }])),
    });
    const random = seededRandom(7);
    const arms = functions.flatMap((name) =>
      simulateArms('normal', truths, 60, random).map((differences, i) => ({
        name,
        isolation: isolations[i] as string,
        differences,
      })),
    );
    const records = functions.flatMap((name) =>
      Array.from({ length: 60 }, (_, block) => [
        instance(block, 'control', { latency_ms: 100 }, { function: name }),
        ...arms
          .filter((arm) => arm.name === name)
          .map(({ isolation, differences }) => {
            const cost = 100 * Math.exp(differences[block] as number);
            return instance(block, 'treatment', { latency_ms: cost }, { function: name, isolation });
          }),
      ]).flat(),
    );
    const decided = decide(samplesOf(records), config).comparisons;
    const rulings = decideClaims(
      arms.map(({ differences }) => ({ differences, limit: LIMIT })),
      60,
    );
    expect(decided.map(({ verdict, blocks }) => ({ outcome: verdict, blocks }))).toEqual(rulings);
    expect(new Set(rulings.map(({ outcome }) => outcome))).toEqual(new Set(['fail', 'pass', 'inconclusive']));
  });
});

describe('simulated data', () => {
  it.each(FAMILIES)('%s: the effect is the centre, and one seed gives the same data', (family) => {
    const of = (seed: number) => simulate(family, 1.05, 3000, seededRandom(seed));
    const { estimate } = pairedBounds(logRatios(of(1)), { lower: 0.05, upper: 0.05 });
    expect(Math.exp(estimate ?? 0)).toBeCloseTo(1.05, 2);
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it('has the spread and the correlation that the guide states', () => {
    const normal = logRatios(simulate('normal', 1, 20_000, seededRandom(3)));
    expect(sampleStandardDeviation(normal)).toBeCloseTo(RATIO_DEVIATION, 3);
    const bimodal = logRatios(simulate('bimodal', 1, 20_000, seededRandom(3)));
    expect(sampleStandardDeviation(bimodal)).toBeCloseTo(0.035, 2.5);
    const correlated = logRatios(simulate('autocorrelated', 1, 20_000, seededRandom(3)));
    expect(sampleStandardDeviation(correlated)).toBeCloseTo(RATIO_DEVIATION, 2.5);
    expect(sampleCorrelation(correlated.slice(1), correlated.slice(0, -1))).toBeCloseTo(0.5, 1.3);
    // Arms that share a control have half of their noise in common.
    const [first, second] = simulateArms('normal', [1, 1], 20_000, seededRandom(4)) as [number[], number[]];
    expect(sampleCorrelation(first, second)).toBeCloseTo(0.5, 1.3);
  });

  it('a task gives the same figures every time, and all rules see the same blocks', () => {
    const source = { kind: 'family', family: 'normal' } as const;
    const task = { kind: 'table', source, truth: 1.05, cap: 20, used: 12, runs: 20, seed: 5 } as const;
    const others = runTask({ ...task, rules: 'others' }, [], []);
    expect(runTask({ ...task, rules: 'others' }, [], [])).toEqual(others);
    expect(others.slice(1).every((tally) => tally.clusters[0]?.runs === 20)).toBe(true);
    expect(meanBlocks(others.at(-1) ?? newTally())).toBe(12);
  });
});

describe('counts', () => {
  it('a rate with its binomial error, and none of many is not certainly none', () => {
    const tally = newTally();
    for (let i = 0; i < 100; i += 1) addRuling(tally, { outcome: i < 20 ? 'fail' : 'pass', blocks: 10 + (i % 2) });
    expect(rateOf(tally, ['fail']).rate).toBe(0.2);
    // √(0.2115 · 0.7885 / 104) with two hits and misses more.
    expect(rateOf(tally, ['fail']).error).toBeCloseTo(0.04005, 4);
    expect(rateOf(tally, ['inconclusive'])).toEqual({ rate: 0, error: expect.closeTo(0.01347, 4) });
    expect(meanBlocks(tally)).toBe(10.5);
    expect(rateOf(mergeTallies([tally, tally]), ['fail', 'pass']).rate).toBe(1);
  });

  it('logs that differ among themselves make a rate less sure', () => {
    const tally = newTally(2);
    for (let i = 0; i < 100; i += 1) addRuling(tally, { outcome: i % 2 === 0 ? 'fail' : 'pass', blocks: 1 }, i % 2);
    // Rates 1 and 0: √(0.5 / 1 / 2) = 0.5.
    expect(rateOf(tally, ['fail'])).toEqual({ rate: 0.5, error: 0.5 });
  });
});

const PAIRS = [
  { name: 'cloud/log 1', injectedPercent: 5, pairs: [{ control: [100, 300, 90], treatment: [110, 105, 400] }] },
];

describe('paired logs', () => {
  it('a pair is a block of medians; what is no such set is refused with its key', () => {
    const [log] = parsePairs(JSON.stringify(PAIRS), 'pairs.json');
    expect(log && costsOf(log)).toEqual({ control: [100], treatment: [110] });
    const broken = JSON.stringify([{ ...PAIRS[0], pairs: [{ control: [], treatment: [1] }] }]);
    expect(() => parsePairs(broken, 'pairs.json')).toThrow('pairs.json: 0.pairs.0.control:');
  });

  it('windows are contiguous, and a log moves to any centre', () => {
    const costs = { control: [1, 2, 3, 4], treatment: [10, 20, 30, 40] };
    expect(windowOf(costs, 1, 2)).toEqual({ control: [2, 3], treatment: [20, 30] });
    expect(factorTo([Math.log(1.1), Math.log(1.1)], 1.025)).toBeCloseTo(1.025 / 1.1, 12);
  });

  it('become samples, line by line', () => {
    const text = pairsToSamples(PAIRS[0] as (typeof PAIRS)[number], { budget: '+2.5%', maxBlocks: 60 });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        type: 'header',
        schema: 'isogate.samples/1',
        gate: 'cloud/log 1',
        config: {
          functions: { pairs: {} },
          isolations: { native: {}, runc: {} },
          budgets: { runc: { latency: '+2.5%' } },
          measure: { max_blocks: 60 },
        },
      },
      {
        ...{ type: 'instance', block: 0, function: 'pairs', isolation: 'native', arm: 'control', status: 'ok' },
        latency_ms: [100, 300, 90],
      },
      {
        ...{ type: 'instance', block: 0, function: 'pairs', isolation: 'runc', arm: 'treatment', status: 'ok' },
        latency_ms: [110, 105, 400],
      },
    ]);
  });

  it('and replay decides on them', async () => {
    const pairs = Array.from({ length: 12 }, (_, i) => ({ control: [100 + i], treatment: [107 + i] }));
    const file = join(directory, 'log.jsonl');
    const options = { budget: '+2.5%', maxBlocks: null };
    writeFileSync(file, pairsToSamples({ name: 'log', injectedPercent: 5, pairs }, options));
    const lines: string[] = [];
    expect(await replay([file], { print: (line) => lines.push(line) })).toBe(1);
    expect(lines[0]).toBe(`${file}: fail`);
  });
});
