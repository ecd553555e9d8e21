import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { median } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { recordsFrom } from '../../src/baseline/baseline-records.ts';
import { decide } from '../../src/decide/decide.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import { applyStoppingRule } from '../../src/decide/stopping-rule.ts';
import type { ArmRole, InstanceRecord } from '../../src/model/samples.ts';
import { blocks, configOf, instance, latency, probeOf, samplesOf, verdictOf } from '../support/decide-samples.ts';

describe('budgets', () => {
  test('a factor of 1.2 against +10 %: fails at the first look, on 12 blocks of 30', () => {
    const document = decide(samplesOf(blocks(30, { factor: 1.2 })), latency('+10%'));
    const [comparison] = document.comparisons;
    expect(document.verdict).toBe('fail');
    expect(comparison).toMatchObject({
      verdict: 'fail',
      gated: true,
      scale: 'ratio',
      unit: 'x',
      limit: 1.1,
      blocks: 12,
    });
    expect(comparison?.confidence).toBeCloseTo(0.99, 10);
    expect(comparison?.estimate).toBeCloseTo(1.2, 1);
    expect(comparison?.lower).toBeGreaterThan(1.1);
    expect(comparison?.upper).toBeLessThan(1.25);
  });

  test('a factor of 1.02 against +10 % passes', () => {
    const document = decide(samplesOf(blocks(9, { factor: 1.02 })), latency('+10%'));
    expect(document).toMatchObject({
      verdict: 'pass',
      comparisons: [{ verdict: 'pass', blocks: 9, confidence: 0.95 }],
    });
  });

  test('a factor right at the limit is inconclusive, with the smallest excess that could have been proven', () => {
    const { verdict, comparisons } = decide(samplesOf(blocks(60, { factor: 1.1 })), latency('+10%'));
    expect(verdict).toBe('inconclusive');
    expect(comparisons[0]?.blocks).toBe(60);
    // About 3 standard errors of a difference of two instances: 3 × 0.014 / √60 = 0.0055.
    expect(comparisons[0]?.smallestProvable).toBeGreaterThan(0.003);
    expect(comparisons[0]?.smallestProvable).toBeLessThan(0.009);
  });

  test('+30 ms is on the difference scale: 40 ms more fail it, 20 ms more pass it', () => {
    const config = configOf({ budgets: { runc: { cold_start: '+30ms' } } });
    const of = (extra: number) => verdictOf(blocks(12, { extra, key: 'cold_start_ms' }), config);
    expect(of(40)).toEqual(['fail']);
    expect(of(20)).toEqual(['pass']);
    const [comparison] = decide(samplesOf(blocks(12, { extra: 40, key: 'cold_start_ms' })), config).comparisons;
    expect(comparison).toMatchObject({ scale: 'difference', unit: 'ms', limit: 30 });
    expect(comparison?.estimate).toBeCloseTo(40, -0.5);
  });

  test('less throughput is a cost: control ÷ treatment', () => {
    const config = configOf({ budgets: { runc: { throughput: '+10%' } } });
    const of = (factor: number) => verdictOf(blocks(12, { factor, key: 'throughput_per_s' }), config);
    expect(of(0.8)).toEqual(['fail']);
    expect(of(1.2)).toEqual(['pass']);
  });

  test('memory that is equal to the byte in every block passes, and at the limit to the byte stays open', () => {
    const config = configOf({ budgets: { runc: { memory: '+1MiB' } } });
    expect(verdictOf(blocks(12, { sigma: 0, key: 'memory_bytes' }), config)).toEqual(['pass']);
    expect(verdictOf(blocks(60, { sigma: 0, extra: 2 ** 20, key: 'memory_bytes' }), config)).toEqual(['inconclusive']);
  });

  test('the control of the same block counts: a machine that slows down threefold changes nothing', () => {
    const drifting = blocks(12, { factor: 1.05, sigma: 0.002 }).map((record) => ({
      ...record,
      metrics: { latency_ms: (record.metrics['latency_ms'] ?? 0) * (1 + record.block / 4) },
    }));
    expect(verdictOf(drifting, latency('+10%'))).toEqual(['pass']);
    expect(verdictOf(drifting, latency('+2%'))).toEqual(['fail']);
  });
});

describe('failed instances', () => {
  const failing = (which: (record: InstanceRecord) => boolean, count = 14) =>
    blocks(count, { factor: 1.02 }).map((record) =>
      which(record)
        ? instance(record.block, record.arm, {}, { status: 'crashed', error: 'TypeError: boom\nat x' })
        : record,
    );

  test.each<[ArmRole, string]>([
    ['treatment', '1 of 14 runc instances failed (crashed: TypeError: boom at x)'],
    ['control', '1 of 14 control native instances failed (crashed: TypeError: boom at x)'],
  ])('one failed %s prevents a pass', (arm, text) => {
    const document = decide(samplesOf(failing((r) => r.arm === arm && r.block === 3)), latency('+10%'));
    expect(document.comparisons[0]).toMatchObject({ verdict: 'not-measured', gated: true, blocks: 13 });
    expect(document.comparisons[0]?.reason).toContain(text);
    expect(document.warnings).toContainEqual({ code: 'failed-instances', message: `f: ${text}` });
  });

  test('it does not prevent a fail', () => {
    expect(
      verdictOf(
        failing((r) => r.arm === 'treatment' && r.block === 3),
        latency('+0.1%'),
      ),
    ).toEqual(['fail']);
  });

  test('every one failed: not measured, with the message of the function', () => {
    const document = decide(samplesOf(failing((r) => r.arm === 'treatment')), latency('+10%'));
    expect(document).toMatchObject({
      verdict: 'not-measured',
      comparisons: [{ gated: true, verdict: 'not-measured' }],
    });
    expect(document.comparisons[0]?.reason).toBe('14 of 14 runc instances failed (crashed: TypeError: boom at x)');
  });

  test('nothing measured at all is not measured', () => {
    expect(verdictOf([], latency('+10%'))).toEqual(['not-measured']);
  });
});

describe('what is not gated', () => {
  const emulating = { native: {}, runc: { type: 'qemu-microvm', accelerator: ['kvm', 'tcg'] } };

  test('an emulated arm is estimated, without bounds', () => {
    const document = decide(
      samplesOf(blocks(20, { factor: 9 }), { probe: [probeOf({ emulated: true })] }),
      configOf({ isolations: emulating, budgets: { runc: { latency: '+10%' } } }),
    );
    expect(document.verdict).toBe('not-measured');
    expect(document.comparisons[0]).toMatchObject({
      verdict: 'not-measured',
      ...{ gated: false, cause: 'emulated' },
      emulated: true,
      lower: null,
    });
    expect(document.comparisons[0]?.estimate).toBeCloseTo(9, 0);
    expect(document.warnings.map(({ code }) => code)).toEqual(['emulated']);
  });

  test('unless gate_emulated says so', () => {
    const config = configOf({ gate_emulated: true, budgets: { runc: { latency: '+10%' } } });
    const document = decide(samplesOf(blocks(20, { factor: 9 }), { probe: [probeOf({ emulated: true })] }), config);
    expect(document.comparisons[0]).toMatchObject({ verdict: 'fail', gated: true, emulated: true });
  });

  test.each([
    ['a budget', { budgets: { runc: { latency: '+10%' } } }],
    ['a budget of one function', { functions: { f: { budgets: { runc: { latency: '+10%' } } } } }],
    ['a regression limit', { regression: { latency: '+10%' } }],
  ])('an isolation with %s that cannot run here: not measured, unless required: false is written', (_, limits) => {
    const probe = [probeOf({ usable: false, reason: 'no runc in PATH', fix: 'apt-get install runc' })];
    const decided = (required?: boolean) =>
      decide(
        samplesOf([], { probe }),
        configOf({ ...limits, isolations: { native: {}, runc: required === undefined ? {} : { required } } }),
      );
    for (const document of [decided(), decided(true)]) {
      expect(document.comparisons).toMatchObject([{ verdict: 'not-measured', gated: true }]);
      expect(document.comparisons[0]).not.toHaveProperty('cause');
    }
    const optional = decided(false);
    expect(optional.comparisons).toMatchObject([{ verdict: 'not-measured', gated: false, cause: 'not-required' }]);
    expect(optional.warnings[0]?.message).toBe(
      'runc cannot run here: no runc in PATH; fix: apt-get install runc; it is not required, so it is not gated',
    );
  });

  test('one that cannot run beside one that passes: the run is not measured', () => {
    const isolations = { native: {}, runc: {}, vm: { type: 'firecracker' } };
    const config = configOf({ isolations, budgets: { runc: { latency: '+10%' }, vm: { latency: '+10%' } } });
    const vm = probeOf({ isolation: 'vm', type: 'firecracker', usable: false, reason: 'not installed' });
    const document = decide(samplesOf(blocks(30), { probe: [probeOf({}), vm] }), config);
    expect(document.verdict).toBe('not-measured');
    expect(document.comparisons.map(({ isolation, verdict }) => [isolation, verdict])).toEqual([
      ['runc', 'pass'],
      ['vm', 'not-measured'],
    ]);
  });

  test('a required isolation without any budget holds up the run all the same; a failed budget comes first', () => {
    const config = (limit: string) =>
      configOf({
        isolations: { native: {}, runc: {}, gvisor: { required: true } },
        budgets: { runc: { latency: limit } },
      });
    const probe = [
      probeOf({}),
      probeOf({ isolation: 'gvisor', type: 'gvisor', usable: false, reason: 'no runsc', fix: 'install runsc' }),
    ];
    const document = decide(samplesOf(blocks(30), { probe }), config('+10%'));
    expect(document.verdict).toBe('not-measured');
    expect(document.comparisons.map((c) => [c.isolation, c.verdict])).toEqual([['runc', 'pass']]);
    expect(document.warnings).toEqual([
      {
        code: 'isolation-unusable',
        message: 'gvisor cannot run here: no runsc; fix: install runsc; so the run is not measured',
      },
    ]);
    expect(decide(samplesOf(blocks(30, { factor: 2 }), { probe }), config('+10%')).verdict).toBe('fail');
  });

  test('the family that is declared holds gated comparisons only', () => {
    const config = configOf({ regression: { latency: '+5%' }, budgets: { runc: { latency: '+10%', cpu: '+10%' } } });
    const facts = { gate: 'isogate', baseline: [], fingerprint: {} };
    expect(declareLooks(config, facts).comparisons.map((c) => `${c.kind} ${c.metric}`)).toEqual([
      'budget latency',
      'budget cpu',
    ]);
    expect(declareLooks(config, { ...facts, probe: [probeOf({ usable: false })] }).comparisons).toEqual([]);
  });
});

describe('the control twin', () => {
  const shifted = (factor: number) =>
    blocks(14, { factor: 1.07 }).map((record) =>
      record.arm === 'twin'
        ? { ...record, metrics: { latency_ms: (record.metrics['latency_ms'] ?? 0) * factor } }
        : record,
    );

  test('its interval is the noise of the run', () => {
    const { noise } = decide(samplesOf(shifted(1)), latency('+10%'));
    expect(noise.twin.latency?.estimate).toBeCloseTo(1, 1);
    expect(noise.twin.latency?.lower).toBeLessThan(1);
    expect(noise.byFunction['f']?.latency).toEqual(noise.twin.latency);
  });

  test('a shift of more than a quarter of the allowance widens the limit, so that 1.07 no longer passes +10 %', () => {
    expect(verdictOf(shifted(1), latency('+10%'))).toEqual(['pass']);
    const document = decide(samplesOf(shifted(1.05)), latency('+10%'));
    expect(document.comparisons[0]?.verdict).toBe('inconclusive');
    expect(document.warnings.map(({ code }) => code)).toEqual(['twin-shift']);
  });
});

describe('regression against a baseline', () => {
  const config = configOf({ regression: { latency: '+5%', control: '+10%' } });
  const then = (factor: number, fingerprint = { kernel: '6.12' }) =>
    recordsFrom(samplesOf(blocks(20, { factor, seed: 5 }), { fingerprint }), {
      ...{ commit: 'abc', recordedAt: '2026-01-02T03:04:05.000Z', verdict: 'pass' as const },
    });

  test('records hold the blocks of each arm, and of the twin under the control', () => {
    const records = then(1.3);
    expect(records.map((r) => `${r.isolation} ${r.metric} ${r.blocks.ratio.length} ${r.control.length}`)).toEqual([
      'native latency 20 20',
      'runc latency 20 20',
    ]);
    expect(median(records[1]?.blocks.ratio ?? [])).toBeCloseTo(Math.log(1.3), 1);
    expect(records[1]).toMatchObject({ commit: 'abc', recordedAt: '2026-01-02T03:04:05.000Z', attempt: 1 });
  });

  test('an overhead that grew from 1.3 to 1.5 fails +5 %, one that stayed passes; the control is held to its own limit', () => {
    expect(verdictOf(blocks(14, { factor: 1.5 }), config, { baseline: then(1.3) })).toEqual(['fail', 'pass']);
    expect(verdictOf(blocks(14, { factor: 1.3 }), config, { baseline: then(1.3) })).toEqual(['pass', 'pass']);
  });

  test('a slower control fails regression.control and is a headline', () => {
    const slow = blocks(14, { factor: 1.3 }).map((record) => ({
      ...record,
      metrics: { latency_ms: (record.metrics['latency_ms'] ?? 0) * 1.4 },
    }));
    const document = decide(samplesOf(slow, { baseline: then(1.3) }), config);
    expect(document.comparisons.map((c) => [c.isolation, c.metric, c.verdict])).toEqual([
      ['runc', 'latency', 'pass'],
      ['native', 'control', 'fail'],
    ]);
    expect(document.warnings[0]?.code).toBe('control-slower');
  });

  test('no baseline, or one from another kernel: not measured, not gated, and a warning that says which', () => {
    const none = decide(samplesOf(blocks(14)), config);
    expect(none.verdict).toBe('not-measured');
    expect(none.comparisons.map((c) => [c.verdict, c.gated])).toEqual(Array(2).fill(['not-measured', false]));
    expect(none.warnings.map(({ code }) => code)).toEqual(['no-baseline']);
    const other = decide(samplesOf(blocks(14), { baseline: then(1, { kernel: '6.1' }) }), config);
    expect(other.warnings[0]?.message).toContain('kernel 6.1 → 6.12');
    expect(other.comparisons.map((c) => c.gated)).toEqual([false, false]);
  });
});

describe('the same while running, at the end and in a replay', () => {
  test('before the first look nothing is settled; at it, it is; and the verdict no longer changes', () => {
    const config = latency('+10%');
    const all = blocks(30, { factor: 1.2 });
    const header = { looks: declareLooks(config, samplesOf([]).header) };
    const first = (n: number) =>
      samplesOf(
        all.filter((r) => r.block < n),
        header,
      );
    const live = (n: number) => decide(first(n), config, { final: false });
    const runc = (n: number) => applyStoppingRule(first(n), config, 'f', 60 - n)[1];
    expect(runc(11)).toEqual({ isolation: 'runc', state: 'open' });
    expect(live(2).comparisons[0]?.reason).toBe('2 blocks so far; the first look is at 3');
    expect(live(11).comparisons[0]).toMatchObject({ verdict: 'inconclusive', blocks: 10 });
    expect(runc(12)).toEqual({ isolation: 'runc', state: 'decided' });
    const [end] = decide(samplesOf(all, header), config).comparisons;
    // The sequential p-value is worked out at the end only.
    expect(end?.p).toBeLessThanOrEqual(0.01);
    expect({ ...live(12).comparisons[0], p: end?.p }).toEqual(end);
  });

  test('multiplying every number of a file by the same factor changes no ratio verdict', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), fc.integer({ min: 1, max: 50 }), (scale, seed) => {
        const plain = blocks(14, { factor: 1.08, seed });
        const scaled = plain.map((r) => ({ ...r, metrics: { latency_ms: (r.metrics['latency_ms'] ?? 0) * scale } }));
        expect(verdictOf(scaled, latency('+10%'))).toEqual(verdictOf(plain, latency('+10%')));
      }),
      { numRuns: 30 },
    );
  });

  test('a looser budget never makes it worse', () => {
    const rank = { fail: 0, 'not-measured': 1, inconclusive: 1, pass: 2 };
    for (let seed = 1; seed <= 20; seed += 1) {
      const ranks = ['+4%', '+6%', '+8%', '+12%'].map((limit) => {
        const [verdict] = verdictOf(blocks(20, { factor: 1.07, seed }), latency(limit));
        return rank[verdict ?? 'inconclusive'];
      });
      expect(ranks).toEqual([...ranks].sort());
    }
  });
});

test('a false alarm is rare where the truth lies at the limit: 5 looks, 12 comparisons, 300 runs', () => {
  const names = ['f', ...Array.from({ length: 11 }, (_, n) => `other${n}`)];
  const functions = Object.fromEntries(names.map((name) => [name, {}]));
  const config = configOf({ functions, budgets: { runc: { latency: '+10%' } } });
  const looks = declareLooks(config, samplesOf([]).header);
  expect(looks.comparisons).toHaveLength(12);
  let failed = 0;
  let passed = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const [verdict] = verdictOf(blocks(60, { factor: 1.1, seed }), config, { looks });
    failed += verdict === 'fail' ? 1 : 0;
    passed += verdict === 'pass' ? 1 : 0;
  }
  // Allowed: 0.01 / 12 a comparison, so 0.25 in 300; and 0.05 for a pass, so 15.
  expect(failed).toBeLessThanOrEqual(2);
  expect(passed).toBeLessThanOrEqual(20);
  expect(passed).toBeGreaterThan(0);
});

const DATASET = join(import.meta.dirname, '../../fixtures/datasets/paired-faas.json');
interface Log {
  name: string;
  injectedPercent: 0 | 5;
  pairs: { control: number[]; treatment: number[] }[];
}

describe('real paired measurements with known truth', () => {
  test('against +2.5 % on 20 contiguous blocks', () => {
    const config = configOf({ budgets: { runc: { latency: '+2.5%' } }, measure: { max_blocks: 20 } });
    const counts = { 0: { pass: 0, fail: 0, runs: 0 }, 5: { pass: 0, fail: 0, runs: 0 } };
    for (const { injectedPercent, pairs } of JSON.parse(readFileSync(DATASET, 'utf8')) as Log[])
      for (let start = 0; start + 20 <= pairs.length; start += 10) {
        const records = pairs
          .slice(start, start + 20)
          .flatMap(({ control, treatment }, n) => [
            instance(n, 'control', {}, { latency_ms: control }),
            instance(n, 'treatment', {}, { latency_ms: treatment }),
          ]);
        const [verdict] = verdictOf(records, config);
        counts[injectedPercent].runs += 1;
        if (verdict === 'pass' || verdict === 'fail') counts[injectedPercent][verdict] += 1;
      }
    // Measured: 0 wrong, 78 and 67 found, of 148 each. Two wrong (0.7 %) would be more than chance allows at these alphas.
    expect([counts[0].runs, counts[5].runs]).toEqual([148, 148]);
    expect(counts[0].fail + counts[5].pass).toBeLessThanOrEqual(1);
    expect(counts[0].pass).toBeGreaterThanOrEqual(70);
    expect(counts[5].fail).toBeGreaterThanOrEqual(60);
  });
});
