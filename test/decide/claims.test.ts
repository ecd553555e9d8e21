/** What a file claims of itself against what its instances show: whoever writes the header gains nothing by it. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import type { DeclaredComparison, InstanceRecord, Looks } from '../../src/model/samples.ts';
import { blocks, configOf, instance, latency, probeOf, samplesOf, verdictOf } from '../support/decide-samples.ts';

const config = latency('+10%');

describe('the probe of the header', () => {
  const probe = [probeOf({ usable: false, reason: 'no runc' })];

  test('what it says cannot run, and yet ran, is gated as usual and named', () => {
    const document = decide(samplesOf(blocks(30, { factor: 10 }), { probe }), config);
    expect(document).toMatchObject({ verdict: 'fail', comparisons: [{ gated: true, verdict: 'fail' }] });
    expect(document.warnings).toEqual([
      {
        code: 'probe-contradicted',
        message: 'the header says that runc cannot run, but instances of it ended well; it is gated as usual',
      },
    ]);
  });

  test('where none ended well it is believed, which takes the gate away only where the configuration allows it', () => {
    const failed = blocks(9).map((r) => (r.arm === 'treatment' ? { ...r, status: 'crashed' as const } : r));
    const optional = configOf({ ...config.document, isolations: { native: {}, runc: { required: false } } });
    const reason = 'runc cannot run here: no runc';
    expect(decide(samplesOf(failed, { probe }), optional).comparisons[0]).toMatchObject({
      ...{ gated: false, cause: 'not-required', reason },
    });
    expect(decide(samplesOf(failed, { probe }), config)).toMatchObject({
      verdict: 'not-measured',
      comparisons: [{ gated: true, reason }],
    });
  });
});

describe('emulation', () => {
  const marked = (isMarked: (record: InstanceRecord) => boolean, more: Partial<InstanceRecord> = {}) =>
    blocks(30, { factor: 10 }).map((r) =>
      r.arm === 'treatment' && isMarked(r) ? { ...r, emulated: true, ...more } : r,
    );

  const emulating = configOf({
    ...config.document,
    isolations: { native: {}, runc: { type: 'qemu-microvm', accelerator: ['kvm', 'tcg'] } },
  });

  test('all instances emulated: not gated where the configuration lists tcg, and not measured where it does not', () => {
    const all = samplesOf(marked(() => true));
    expect(decide(all, emulating).comparisons[0]).toMatchObject({ gated: false, cause: 'emulated' });
    const unasked = decide(all, config);
    expect(unasked).toMatchObject({ verdict: 'not-measured', comparisons: [{ gated: true }] });
    expect(unasked.warnings).toEqual([
      {
        code: 'emulated-unasked',
        message:
          'runc is emulated in software, so its numbers say nothing about real hardware, and the configuration does not list tcg as its accelerator; so the run is not measured',
      },
    ]);
  });

  test('one among others that are not: gated, not measured', () => {
    const document = decide(samplesOf(marked((r) => r.block === 4)), config);
    expect(document).toMatchObject({ verdict: 'not-measured', comparisons: [{ gated: true, emulated: true }] });
    expect(document.comparisons[0]?.reason).toBe(
      'some instances of runc were emulated in software and others were not: they cannot be compared as one arm',
    );
  });

  test('one that failed says nothing about the others', () => {
    const failed = marked((r) => r.block === 4, { status: 'crashed' });
    expect(verdictOf(failed, config)).toEqual(['fail']);
  });

  test('a probe that says so against instances that deny it', () => {
    const denied = blocks(30, { factor: 10 }).map((r) => ({ ...r, emulated: false }));
    expect(decide(samplesOf(denied, { probe: [probeOf({ emulated: true })] }), config).comparisons[0]).toMatchObject({
      gated: true,
      verdict: 'not-measured',
    });
  });
});

describe('looks of the header', () => {
  const planned = declareLooks(config, samplesOf([]).header);
  const withLooks = (changes: Partial<Looks>, records: InstanceRecord[]) =>
    decide(samplesOf(records, { looks: { ...planned, ...changes } }), config);

  test('their own levels count for nothing', () => {
    const hidden = withLooks({ alphaFail: 1e-300 }, blocks(30, { factor: 10 }));
    expect(hidden.verdict).toBe('fail');
    expect(hidden.comparisons[0]?.confidence).toBe(0.99);
    expect(hidden.warnings[0]?.code).toBe('looks-ignored');
    expect(hidden.warnings[0]?.message).toContain('alphaFail 1e-300 (0.01 is used)');
    // At ours, 4 blocks have no upper bound; at 0.5 they had one.
    const granted = withLooks({ schedule: [1, 60], alphaPass: 0.5, alphaFail: 0.5 }, blocks(4));
    expect(granted.verdict).toBe('not-measured');
  });

  test('a look at one block decides nothing, and takes nothing from later ones', () => {
    const schedule = Array.from({ length: 60 }, (_, n) => n + 1);
    expect(withLooks({ schedule }, blocks(1)).verdict).toBe('not-measured');
    expect(withLooks({ schedule }, blocks(9, { factor: 10 })).verdict).toBe('fail');
  });

  test('a schedule that does not end at max_blocks is planned anew', () => {
    const document = withLooks({ schedule: [5] }, [...blocks(5), ...blocks(30, { factor: 10 }).slice(15)]);
    expect(document.comparisons[0]?.verdict).not.toBe('pass');
    expect(document.warnings.find(({ code }) => code === 'looks-ignored')?.message).toContain(
      'schedule (it is planned from measure.max_blocks, 60, instead)',
    );
  });

  test('thousands of declared comparisons hide no fail', () => {
    const [one] = planned.comparisons;
    const comparisons = Array<DeclaredComparison>(10_000).fill(one as DeclaredComparison);
    expect(withLooks({ comparisons }, blocks(9, { factor: 10 })).verdict).toBe('fail');
  });
});

describe('blocks that are not there', () => {
  test('every fourth without its treatment: no pass', () => {
    const records = blocks(29).filter((r) => r.arm !== 'treatment' || r.block % 4 !== 3);
    const [comparison] = decide(samplesOf(records), config).comparisons;
    expect(comparison).toMatchObject({ verdict: 'not-measured', gated: true });
    expect(comparison?.reason).toMatch(
      /^below the limit \+10% over \d+ blocks, but 7 incomplete blocks prevent a pass$/,
    );
  });

  test('but a fail, and one block that was cut off changes nothing', () => {
    const records = blocks(29, { factor: 10 }).filter((r) => r.arm !== 'treatment' || r.block % 4 !== 3);
    expect(verdictOf(records, config)).toEqual(['fail']);
    expect(
      verdictOf(
        blocks(8).filter((r) => r.arm !== 'treatment' || r.block !== 7),
        config,
      ),
    ).toEqual(['pass']);
  });

  test('a treatment that ends before a look could decide', () => {
    const records = blocks(20).filter((r) => r.arm !== 'treatment' || r.block < 8);
    expect(decide(samplesOf(records), config).comparisons[0]?.reason).toContain('12 incomplete blocks prevent a pass');
  });

  test('those that the reader left out count as well', () => {
    const samples = samplesOf(blocks(20));
    const ignored = { ...samples.ignored, incompleteBlocks: 5, incompleteByFunction: new Map([['f', 5]]) };
    expect(decide(samples, config).verdict).toBe('pass');
    expect(decide({ ...samples, ignored }, config).verdict).toBe('not-measured');
  });
});

describe('a required isolation that no limit names', () => {
  const isolations = { native: {}, runc: {}, gvisor: { required: true } };
  const required = configOf({ isolations, budgets: { runc: { latency: '+10%' } } });
  const withGvisor = (more: Partial<InstanceRecord>) => [
    ...blocks(30),
    ...Array.from({ length: 30 }, (_, n) =>
      instance(n, 'treatment', { latency_ms: 200 }, { isolation: 'gvisor', ...more }),
    ),
  ];
  const warned = (records: InstanceRecord[], of = required) => {
    const { verdict, warnings } = decide(samplesOf(records), of);
    return [verdict, ...warnings.map(({ message }) => message)];
  };

  test('that ran is enough', () => {
    expect(warned(withGvisor({}))).toEqual(['pass']);
  });

  test('of which nothing was started', () => {
    expect(warned(blocks(30))).toEqual([
      'not-measured',
      'f: gvisor is required, but no instance of it ended well: none was started in a complete block; so the run is not measured',
    ]);
  });

  test('of which every instance failed', () => {
    expect(warned(withGvisor({ status: 'crashed', metrics: {} }))).toEqual([
      'not-measured',
      'f: gvisor is required, but no instance of it ended well: 30 of 30 failed; so the run is not measured',
    ]);
  });

  test('of which one function has none', () => {
    const two = configOf({ isolations, functions: { f: {}, g: {} } });
    expect(warned(withGvisor({}), two)[1]).toContain('g: gvisor is required, but no instance of it ended well');
  });

  test('that was emulated, unless gate_emulated says that this will do', () => {
    expect(warned(withGvisor({ emulated: true }))).toEqual([
      'not-measured',
      'gvisor is required, but it was emulated in software; fix: run where /dev/kvm is usable, or set gate_emulated: true; so the run is not measured',
    ]);
    const gated = configOf({ isolations, gate_emulated: true, budgets: { runc: { latency: '+10%' } } });
    expect(warned(withGvisor({ emulated: true }), gated)).toEqual(['pass']);
  });
});
