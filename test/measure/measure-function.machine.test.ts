import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createAnswerBook } from '../../src/measure/answer-book.ts';
import type { ArmPlan, FunctionMeasurement } from '../../src/measure/function-measurement.ts';
import { beginFunction } from '../../src/measure/measure-function.ts';
import { chooseRepeat } from '../../src/measure/plan-pilot.ts';
import type { MeasureConfig } from '../../src/model/config.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import type { BlockRecord, CalibrationRecord, EndRecord, InstanceRecord, Samples } from '../../src/model/samples.ts';
import { completeBlocks } from '../../src/samples/complete-blocks.ts';
import { readSamples } from '../../src/samples/read-samples.ts';
import { listConfiguredIsolations } from '../../src/samples/samples-config.ts';
import { openSamples } from '../../src/samples/samples-writer.ts';
import { BAD_FUNCTIONS, buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { emptySamples } from '../support/samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-measure-'));
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterEach(() => {
  expect(leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one))).toEqual([]);
  expect(readdirSync(bench.claim.directory)).toEqual(['owner.json']);
});
afterAll(async () => {
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
  rmSync(directory, { recursive: true });
});

const arm = (type: IsolationType, role: ArmPlan['arm'], more: Partial<ArmPlan> = {}): ArmPlan => ({
  ...{ isolation: isolationOf(type), arm: role, revision: 'head', emulated: false, orientation: false },
  ...more,
});
const CONTROL = arm('native', 'control');
const TWIN = arm('native', 'twin');
const RUNC = arm('runc', 'treatment');

const MEASURE: MeasureConfig = {
  ...{ timeMs: 60_000, maxTimeMs: 300_000, minBlocks: 1, maxBlocks: 50, invocations: 4, warmup: 1 },
  ...{ cache: 'warm', timeoutMs: 10_000 },
};

interface Measured {
  reason: EndRecord['reason'] | null;
  error: unknown;
  samples: Samples;
  calibration: CalibrationRecord | undefined;
  lines: string[];
  seen: number[];
  /** Block numbers with the arms that they were to hold. */
  planned: BlockRecord[];
}

const anyAnswer = () => createAnswerBook({ files: [], expect: { kind: 'any' }, deterministic: true });

/**
 * Everything that a measurement leaves, whether it ended or was stopped. `until` says when all is decided, `dropAt` which
 * isolations need no more blocks after so many; the control alone is not measured on.
 */
async function measure(
  job: Partial<Omit<FunctionMeasurement, 'measure'>> & { measure?: Partial<MeasureConfig> },
  until: (blocks: number) => boolean = () => false,
  dropAt: (blocks: number) => string[] = () => ['native'],
): Promise<Measured> {
  const { header } = emptySamples();
  const path = join(directory, 'samples.jsonl');
  const isolations = { native: {}, runc: {}, gvisor: {}, bubblewrap: {}, 'qemu-microvm': {} };
  header.config = { isolations };
  const writer = await openSamples(path, header);
  const lines: string[] = [];
  const seen: number[] = [];
  const { measure: overrides, ...rest } = job;
  const begin = () =>
    beginFunction({
      ...{
        function: 'fn',
        images: { head: bench.image, base: null },
        arms: [CONTROL, TWIN, RUNC],
        events: [{}],
        resources: RESOURCES,
        sentBefore: { instances: 0, invocations: 0 },
        answers: { head: anyAnswer(), base: anyAnswer() },
      },
      ...{
        measure: { ...MEASURE, ...overrides },
        tail: 0,
        isColdOnly: false,
        nextContext: bench.claim.nextContext,
        writer,
      },
      ...{ seed: 7, attempt: 1, blocksBefore: 0 },
      signal: new AbortController().signal,
      log: (line) => lines.push(line),
      blocksNeeded: 1,
      expectBlocks: () => () => new Map(),
      onProgress: () => {},
      onBlock: async (blocks) => {
        seen.push(blocks);
        return { drop: new Set(dropAt(blocks)), isOver: until(blocks) };
      },
      ...rest,
    });
  const outcome = await run(begin, { ...MEASURE, ...overrides }).then(
    (reason) => ({ reason, error: null }),
    (error: unknown) => ({ reason: null, error }),
  );
  await writer.close();
  const samples = writer.samples();
  const records = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  // What is in memory is what is on disk, and nothing else is.
  expect(records.filter(({ type }) => type === 'instance')).toEqual(samples.instances);
  const calibration = records.find(({ type }) => type === 'calibration') as CalibrationRecord | undefined;
  // A reader sees the blocks and plans that the run saw.
  const read = await readSamples(path);
  expect(read.blocks).toEqual(samples.blocks);
  expect(read.plans).toEqual(samples.plans);
  const { instances } = completeBlocks(
    samples.instances,
    listConfiguredIsolations(samples.header.config),
    samples.blocks,
  );
  expect(read.instances).toEqual(instances.map(({ stderr: _, ...record }) => record));
  const planned = records.filter(({ type }) => type === 'block');
  return { ...outcome, samples, calibration, lines, seen, planned };
}

/** As the gate does for one function: pilot, what decides, and then arms without a limit. */
async function run(
  begin: () => ReturnType<typeof beginFunction>,
  { timeMs, maxTimeMs }: MeasureConfig,
): Promise<EndRecord['reason']> {
  const begun = await begin();
  if (begun === null) return 'failed';
  const { tookMs } = begun;
  const { reason } = await begun.decide({ timeMs: timeMs - tookMs, maxTimeMs: maxTimeMs - tookMs });
  await begun.orient(timeMs);
  return reason;
}

const armsOf = (records: InstanceRecord[]): string[] => records.map((one) => `${one.isolation} ${one.arm}`).sort();
const blockOf = (samples: Samples, block: number): InstanceRecord[] =>
  samples.instances.filter((record) => record.block === block);

it('blocks hold every arm once, in balanced order, with the same repeat, until all is decided', async () => {
  const { reason, samples, calibration, lines, seen } = await measure({}, (blocks) => blocks === 6);
  expect(reason).toBe('decided');
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(samples.instances).toHaveLength(18);
  for (const block of seen.map((count) => count - 1)) {
    const records = blockOf(samples, block);
    expect(armsOf(records)).toEqual(['native control', 'native twin', 'runc treatment']);
    expect(records.map(({ position }) => position)).toEqual([0, 1, 2]);
  }
  for (const [isolation, role] of [
    ['native', 'control'],
    ['native', 'twin'],
    ['runc', 'treatment'],
  ]) {
    const positions = samples.instances
      .filter((record) => record.isolation === isolation && record.arm === role)
      .map(({ position }) => position);
    expect([...positions].sort()).toEqual([0, 0, 1, 1, 2, 2]);
  }
  for (const [one, other] of [
    ['native control', 'native twin'],
    ['native control', 'runc treatment'],
    ['native twin', 'runc treatment'],
  ] as const) {
    const isFirst = [0, 1, 2, 3].map((block) => {
      const order = blockOf(samples, block).map(({ isolation, arm: role }) => `${isolation} ${role}`);
      return order.indexOf(one) < order.indexOf(other);
    });
    expect(isFirst.filter(Boolean)).toHaveLength(2);
  }
  expect(new Set(samples.instances.map(({ status }) => status))).toEqual(new Set(['ok']));
  expect(new Set(samples.instances.map(({ latency_ms }) => latency_ms.length))).toEqual(new Set([4]));

  expect(Object.keys(calibration?.empty_ms ?? {}).sort()).toEqual(['native', 'runc']);
  const { control_ms = 0, empty_ms = {} } = calibration ?? {};
  const repeat = chooseRepeat(control_ms, Math.max(...Object.values(empty_ms)));
  expect(repeat).toBeGreaterThan(1);
  expect(calibration).toMatchObject({ function: 'fn', repeat, invocations: 4, blocks: 50 });
  expect(calibration?.warmup).toBeGreaterThanOrEqual(1);
  expect(new Set(samples.instances.map(({ warmup_ms }) => warmup_ms.length))).toEqual(new Set([calibration?.warmup]));
  expect(new Set(samples.instances.map((record) => record.repeat))).toEqual(new Set([repeat]));
  expect(lines[0]).toMatch(
    /^fn · pilot: control \d+\.\d\d ms a call, repeat \d+, warm-up \d+, 4 invocations, at most 50 blocks; 1 may do, which takes about \d+ s$/,
  );
  // Blocks are told by onProgress.
  expect(lines).toHaveLength(1);
});

it('its order follows the seed', async () => {
  const orderOf = async (seed: number): Promise<string[]> => {
    const { samples } = await measure({ seed, arms: [CONTROL, RUNC] }, (blocks) => blocks === 8);
    return samples.instances.map((record) => record.isolation);
  };
  const first = await orderOf(1);
  expect(await orderOf(1)).toEqual(first);
  expect(await orderOf(2)).not.toEqual(first);
});

it('ends at its cap', async () => {
  const { reason, samples } = await measure({ measure: { maxBlocks: 2 } });
  expect(reason).toBe('cap');
  expect(samples.instances).toHaveLength(6);
});

it('ends at its deadline, after whole blocks, and before one that would not fit', async () => {
  const tight = await measure({ measure: { timeMs: 1 } });
  expect([tight.reason, tight.samples.instances.length]).toEqual(['time', 3]);
  const { reason, samples, seen } = await measure({ measure: { timeMs: 1500 } });
  expect(reason).toBe('time');
  expect(seen.length).toBeGreaterThan(1);
  expect(samples.instances).toHaveLength(3 * seen.length);
});

it('runs a tail phase of its own where one is wanted', async () => {
  const { samples } = await measure({ tail: 7, measure: { maxBlocks: 1 } });
  expect(samples.instances.map(({ tail_ms }) => tail_ms?.length)).toEqual([7, 7, 7]);
  expect(samples.instances.every(({ metrics }) => (metrics['latency_p99_ms'] ?? 0) > 0)).toBe(true);
});

it('gives up an arm that failed twice, says why, and goes on with the rest in a new balance', async () => {
  // The image has no disk: this adapter cannot start it.
  const arms = [CONTROL, TWIN, RUNC, arm('qemu-microvm', 'treatment')];
  const { reason, samples, lines } = await measure({ arms }, (blocks) => blocks === 8);
  expect(reason).toBe('decided');
  const failed = samples.instances.filter(({ status }) => status !== 'ok');
  expect(failed.map(({ block, isolation, status, error }) => ({ block, isolation, status, error }))).toEqual(
    [0, 1].map((block) => ({
      block,
      isolation: 'qemu-microvm',
      status: 'start-failed',
      error: 'the image was built without a VM disk',
    })),
  );
  expect(lines.filter((line) => line.includes('qemu-microvm: start-failed'))).toEqual(
    Array(2).fill('fn · qemu-microvm: start-failed: the image was built without a VM disk'),
  );
  const blocks = [0, 1, 2, 3, 4, 5, 6, 7];
  expect(blocks.map((block) => blockOf(samples, block).length)).toEqual([4, 4, 3, 3, 3, 3, 3, 3]);
  for (const position of [0, 1, 2]) {
    const there = samples.instances.filter((record) => record.block >= 2 && record.position === position);
    expect(armsOf(there)).toEqual(['native control', 'native twin', 'runc treatment'].flatMap((one) => [one, one]));
  }
});

it('ends when no treatment is left to compare with', async () => {
  const { samples, lines } = await measure({ arms: [CONTROL, TWIN, arm('qemu-microvm', 'treatment')] });
  expect([0, 1, 2].map((block) => blockOf(samples, block).length)).toEqual([3, 3, 0]);
  expect(lines.filter((line) => line.includes('start-failed'))).toHaveLength(2);
});

it('a control that cannot run ends the function with its failures on record', async () => {
  const image = await buildFunction(bench, BAD_FUNCTIONS, 'throws.mjs#handler');
  const { reason, samples, calibration } = await measure({ images: { head: image, base: null } });
  expect(reason).toBe('failed');
  expect(calibration).toBeUndefined();
  expect(samples.instances.map(({ block, arm: role, status, error }) => [block, role, status, error])).toEqual(
    [0, 1].map((block) => [block, 'control', 'handler-error', 'TypeError: no such order: 42']),
  );
});

it('one that takes its whole time limit is not tried again', async () => {
  const image = await buildFunction(bench, BAD_FUNCTIONS, 'never-returns.mjs#handler');
  const { reason, samples } = await measure({ images: { head: image, base: null }, measure: { timeoutMs: 600 } });
  expect(reason).toBe('failed');
  expect(samples.instances.map(({ status, error }) => [status, error])).toEqual([
    ['timeout', expect.stringMatching(/^no answer within 600 ms; if it needs longer, raise measure\.timeout; /)],
  ]);
});

it('arms for orientation get blocks of their own after the others, with few invocations, emulated ones one', async () => {
  const orientation = arm('runc', 'treatment', { emulated: true, orientation: true });
  const arms = [CONTROL, TWIN, arm('gvisor', 'treatment'), orientation];
  const measured = await measure(
    { arms, blocksNeeded: 4, measure: { invocations: 9, warmup: 3 } },
    (blocks) => blocks === 4,
  );
  const { samples, calibration } = measured;
  const runc = samples.instances.filter(({ isolation }) => isolation === 'runc');
  expect(runc.map(({ block, emulated }) => [block, emulated])).toEqual([[4, true]]);
  expect(runc.map(({ latency_ms, warmup_ms }) => [latency_ms.length, warmup_ms.length])).toEqual([[5, 1]]);
  expect(
    blockOf(samples, 4)
      .map(({ isolation, arm: role }) => `${isolation} ${role}`)
      .sort(),
  ).toEqual(['native control', 'native twin', 'runc treatment']);
  expect(measured.planned.map(({ orientation }) => orientation ?? false)).toEqual([
    ...[false, false, false, false],
    true,
  ]);
  const others = samples.instances.filter(({ block }) => block < 4);
  expect(others.every((record) => record.latency_ms.length === 9 && record.emulated === undefined)).toBe(true);
  // `repeat` follows arms that decide something.
  expect(Object.keys(calibration?.empty_ms ?? {}).sort()).toEqual(['gvisor', 'native']);
});

const SLOW = join(import.meta.dirname, '../../fixtures/cases/slow');

it('an isolation whose blocks do not fit is told after the pilot, with the line to change, and gets none', async () => {
  const image = await buildFunction(bench, SLOW, 'index.mjs#handler');
  const { reason, samples, calibration, lines } = await measure({
    images: { head: image, base: null },
    measure: { timeMs: 2_000, maxTimeMs: 18_000 },
    expectBlocks: () => () => new Map([['runc', 4]]),
  });
  expect(reason).toBe('time');
  expect(samples.instances).toEqual([]);
  // Four blocks of three arms, each with two calls of 0.9 s, and the pilot.
  expect(calibration?.unfit_ms?.['runc']).toBeGreaterThan(21_600);
  expect(lines.map((line) => line.replaceAll(/\d+(\.\d+)?/g, 'N'))).toEqual([
    'fn · pilot: control N ms a call',
    'fn · runc: not measured, because a decision would take about N s, and measure.max_time allows N s; set measure: { max_time: Nm }',
  ]);
});

it('of a slow function the pilot makes two calls an arm, and the blocks few', async () => {
  const image = await buildFunction(bench, SLOW, 'index.mjs#handler');
  let started = 0;
  const { reason, samples, calibration } = await measure(
    {
      images: { head: image, base: null },
      measure: { timeMs: 12_000, maxTimeMs: 120_000, invocations: 30, warmup: 5 },
      blocksNeeded: 2,
      expectBlocks: () => () => new Map([['runc', 2]]),
      nextContext: (startTimeoutMs) => {
        started += 1;
        return bench.claim.nextContext(startTimeoutMs);
      },
    },
    (blocks) => blocks === 2,
  );
  expect(reason).toBe('decided');
  // Two in the pilot.
  expect(started - samples.instances.length).toBe(2);
  expect(calibration).toMatchObject({ repeat: 1, warmup: 0, invocations: 1 });
  expect(samples.instances.map(({ warmup_ms, latency_ms }) => [warmup_ms.length, latency_ms.length])).toEqual(
    Array(6).fill([0, 1]),
  );
});

it('an abort in mid-block rejects with its reason, and keeps what was measured before', async () => {
  const controller = new AbortController();
  let started = 0;
  let blocksDone = 0;
  const nextContext: FunctionMeasurement['nextContext'] = (startTimeoutMs) => {
    // This is the second instance of the second block, at its start.
    if (blocksDone === 1 && ++started === 2) setImmediate(() => controller.abort(new Error('stopped by a test')));
    return { ...bench.claim.nextContext(startTimeoutMs), signal: controller.signal };
  };
  const measured = await measure({ signal: controller.signal, nextContext }, (blocks) => {
    blocksDone = blocks;
    return false;
  });
  const { error, samples, seen, planned } = measured;
  expect(error).toEqual(new Error('stopped by a test'));
  expect(started).toBe(2);
  expect(planned.map(({ block }) => block)).toEqual([0, 1]);
  expect(seen).toEqual([1]);
  expect([blockOf(samples, 0).length, blockOf(samples, 1).length]).toEqual([3, 1]);
  expect(samples.instances.every(({ status }) => status === 'ok')).toBe(true);
});

it('isolations that need no more blocks get none; the others go on in a new balance, as the block records say', async () => {
  const arms = [CONTROL, TWIN, RUNC, arm('bubblewrap', 'treatment')];
  const measured = await measure(
    { arms },
    (blocks) => blocks === 8,
    (blocks) => (blocks < 2 ? [] : ['runc']),
  );
  expect(measured.reason).toBe('decided');
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  expect(all.map((block) => armsOf(blockOf(measured.samples, block)).join())).toEqual([
    ...Array(2).fill('bubblewrap treatment,native control,native twin,runc treatment'),
    ...Array(6).fill('bubblewrap treatment,native control,native twin'),
  ]);
  expect(
    measured.planned.map(({ block, arms: held }) => [
      block,
      held.map(({ isolation, arm: role }) => `${isolation} ${role}`).sort(),
    ]),
  ).toEqual(all.map((block) => [block, armsOf(blockOf(measured.samples, block))]));
  for (const position of [0, 1, 2]) {
    const there = measured.samples.instances.filter((record) => record.block >= 2 && record.position === position);
    expect(armsOf(there)).toEqual(
      ['bubblewrap treatment', 'native control', 'native twin'].flatMap((one) => [one, one]),
    );
  }
});

it('the control and its twin are measured alone as long as the control itself is open', async () => {
  const { reason, samples } = await measure(
    {},
    () => false,
    (blocks) => (blocks < 3 ? ['runc'] : ['runc', 'native']),
  );
  expect(reason).toBe('decided');
  expect([0, 1, 2, 3].map((block) => armsOf(blockOf(samples, block)).join())).toEqual([
    'native control,native twin,runc treatment',
    'native control,native twin',
    'native control,native twin',
    '',
  ]);
});

it('says how many blocks are left, by its horizon', async () => {
  const left: number[] = [];
  await measure({
    measure: { maxBlocks: 3 },
    blocksBefore: 1,
    onBlock: async (_, blocksLeft) => {
      left.push(blocksLeft);
      return { drop: new Set(), isOver: false };
    },
  });
  expect(left).toEqual([2, 1, 0]);
});

it('the pilot is one short round where a block takes most of the time, and looks longer where there is time', async () => {
  const started = async (timeMs: number): Promise<number> => {
    let count = 0;
    const nextContext: FunctionMeasurement['nextContext'] = (startTimeoutMs) => {
      count += 1;
      return bench.claim.nextContext(startTimeoutMs);
    };
    const { samples } = await measure({ nextContext, measure: { timeMs, maxBlocks: 1, invocations: 20 } });
    return count - samples.instances.length;
  };
  expect(await started(1)).toBe(2);
  // One more instance an arm for the warm-up at least, two for the variances.
  expect([4, 6, 8]).toContain(await started(60_000));
});
