/** Green without having measured is the worst that a gate can be: what was measured too little never ends in exit 0. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { chooseExitCode } from '../../src/decide/run-verdict.ts';
import { applyStoppingRule } from '../../src/decide/stopping-rule.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { blocks, configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

const config = latency('+10%');
const exitCode = (records: InstanceRecord[]) =>
  chooseExitCode(decide(samplesOf(records), config).verdict, ['fail', 'not-measured']);
const first = (records: InstanceRecord[], of = config) => decide(samplesOf(records), of).comparisons[0];

describe('too few blocks to decide are not measured', () => {
  test.each([
    [1, 'block is'],
    [2, 'blocks are'],
    [6, 'blocks are'],
  ])('%i above the limit: exit code 3, with the number that it takes', (count, are) => {
    const records = blocks(count, { factor: 1.3 });
    expect(exitCode(records)).toBe(3);
    expect(first(records)).toMatchObject({
      verdict: 'not-measured',
      gated: true,
      blocks: count,
      lower: null,
      reason: `${count} usable ${are} too few to decide on the limit +10%, at least 7 are needed; raise measure.max_time`,
    });
  });

  test('7 are enough at the end of a run, and fewer for neither verdict', () => {
    expect(first(blocks(7, { factor: 10 }))?.verdict).toBe('fail');
    expect(first(blocks(7, { factor: 1 }))?.verdict).toBe('pass');
    expect(first(blocks(6, { factor: 1 }))?.verdict).toBe('not-measured');
  });

  test('enough of them whose interval straddles the limit stay inconclusive', () => {
    expect(first(blocks(7, { factor: 1.1 }))).toMatchObject({ verdict: 'inconclusive', gated: true });
  });

  test('so is an interrupted run', () => {
    const samples = {
      ...samplesOf(blocks(3, { factor: 10 })),
      end: { type: 'end' as const, reason: 'interrupted' as const },
    };
    expect(decide(samples, config).verdict).toBe('not-measured');
  });

  test('a baseline of too few blocks is named as such', () => {
    const regression = configOf({ regression: { latency: '+5%' } });
    const [baseline] = [
      {
        schema: 'isogate.baseline/1' as const,
        gate: 'isogate',
        function: 'f',
        isolation: 'runc',
        metric: 'latency' as const,
        fingerprint: { kernel: '6.12' },
        runId: 'then',
        attempt: 1,
        commit: null,
        recordedAt: '2026-01-01T00:00:00.000Z',
        blocks: { ratio: [], difference: [] },
        control: [],
      },
    ];
    const document = decide(samplesOf(blocks(20, { factor: 10 }), { baseline: [baseline] }), regression);
    expect(document.comparisons[0]).toMatchObject({ verdict: 'not-measured', gated: true });
    expect(document.comparisons[0]?.reason).toContain(
      '20 usable blocks are too few to decide on the limit +5%: the baseline has too few blocks; record one from a longer run',
    );
  });

  test('while the run goes on they are open, so that more are measured', () => {
    const records = blocks(20, { factor: 1.02 }).map((r) =>
      r.arm === 'treatment' && r.block % 3 > 0 ? { ...r, status: 'crashed' as const, metrics: {} } : r,
    );
    const live = decide(samplesOf(records), config, { final: false });
    expect(live.comparisons[0]?.verdict).toBe('inconclusive');
    expect(applyStoppingRule(samplesOf(records), config, 'f', 40)[1]?.state).toBe('open');
  });
});

describe('instances that fail', () => {
  const crashing = (isCrash: (block: number) => boolean, factor: number, count = 24) =>
    blocks(count, { factor }).map((record) =>
      record.arm === 'treatment' && isCrash(record.block)
        ? instance(record.block, 'treatment', {}, { status: 'crashed', error: 'boom' })
        : record,
    );

  test('62 % of them, ten times the cost, in 8 blocks', () => {
    const records = crashing((block) => block % 8 < 5, 10, 8);
    expect(exitCode(records)).toBe(3);
    expect(first(records)).toMatchObject({
      verdict: 'not-measured',
      gated: true,
      blocks: 3,
      reason:
        '3 usable blocks are too few to decide on the limit +10%, at least 7 are needed; find out why instances failed; 5 of 8 runc instances failed (crashed: boom)',
    });
  });

  test('23 of 24', () => {
    const records = crashing((block) => block > 0, 1);
    expect(exitCode(records)).toBe(3);
    expect(first(records)?.reason).toContain('23 of 24 runc instances failed (crashed: boom)');
  });

  test('one where the others would have passed', () => {
    const records = crashing((block) => block === 3, 1.02);
    expect(exitCode(records)).toBe(3);
    expect(first(records)?.reason).toContain('a failed instance prevents a pass; 1 of 24 runc instances failed');
  });

  test('62 % of them, and the others straddle the limit: no pass was possible, so it was no chance', () => {
    const records = crashing((block) => block % 8 < 5, 1.1, 60);
    expect(exitCode(records)).toBe(3);
    expect(first(records)?.reason).toMatch(
      /^after 21 blocks the interval .* the limit \+10%, and more than a tenth of all blocks cannot be used; find out why instances failed; 39 of 60 runc/,
    );
    expect(first(crashing((block) => block === 3, 1.1, 60))?.verdict).toBe('inconclusive');
  });

  test('a fail that the healthy blocks prove stays one', () => {
    expect(exitCode(crashing((block) => block % 3 === 0, 10))).toBe(1);
  });
});

describe('an instance that ended well without a usable number has failed', () => {
  const every = (change: (record: InstanceRecord) => InstanceRecord) =>
    blocks(30).map((record) => (record.block % 2 === 1 ? change(record) : record));

  test('no number in the treatment', () => {
    const records = every((r) => (r.arm === 'treatment' ? { ...r, metrics: {} } : r));
    expect(exitCode(records)).toBe(3);
    expect(first(records)?.reason).toContain(
      'a failed instance prevents a pass; 15 of 30 runc instances failed (ended well, but without a usable latency)',
    );
  });

  test('zero in the control, where a ratio is taken', () => {
    const records = every((r) => ({ ...r, metrics: { latency_ms: r.arm === 'treatment' ? 1000 : 0 } }));
    expect(exitCode(records)).toBe(3);
    expect(first(records)?.reason).toContain('15 of 30 control native instances failed (ended well, but without');
  });

  test('zero is a number like any other where differences are taken', () => {
    const cpu = configOf({ budgets: { runc: { cold_start: '+5ms' } } });
    const records = blocks(12, { sigma: 0, key: 'cold_start_ms' }).map((r) => ({
      ...r,
      metrics: { cold_start_ms: 0 },
    }));
    expect(first(records, cpu)?.verdict).toBe('pass');
  });

  test('a number so large that it is none', () => {
    const throughput = configOf({ budgets: { runc: { throughput: '+10%' } } });
    const records = blocks(30, { key: 'throughput_per_s' }).map((r) =>
      r.arm === 'treatment' && r.block % 2 === 1 ? { ...r, metrics: { throughput_per_s: 5e-324 } } : r,
    );
    expect(first(records, throughput)).toMatchObject({ verdict: 'not-measured', blocks: 15 });
  });
});

test('a function that could not be built blames no isolation', () => {
  const failed: InstanceRecord = {
    ...(blocks(1, { factor: 1 })[0] as InstanceRecord),
    ...{ isolation: 'native', arm: 'control', status: 'start-failed', phase: 'build', metrics: {}, latency_ms: [] },
    error: 'image of f: podman build exited with 1: no such file',
  };
  expect(first([failed])).toMatchObject({
    verdict: 'not-measured',
    reason: 'its build failed: image of f: podman build exited with 1: no such file',
  });
});
