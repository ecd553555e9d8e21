import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type InstancePlan, runInstance } from '../../src/measure/run-instance.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Isolation } from '../../src/model/isolation.ts';
import { BAD_FUNCTIONS, buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { plainFeed } from '../support/plain-feed.ts';

const TOO_LATE =
  'no answer within 400 ms; if it needs longer, raise measure.timeout; if it never answers, look for a promise or a callback that never comes';

const PLAN: InstancePlan = { invocations: 4, warmup: 2, repeat: 3, tail: 0, empty: 0, invokeTimeoutMs: 10_000 };
const native = isolationOf('native');

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
});

const run = (
  image: FunctionImage,
  {
    plan = {},
    events = [{}],
    isolation = native,
    startTimeoutMs = 10_000,
  }: {
    plan?: Partial<InstancePlan>;
    events?: unknown[];
    isolation?: Isolation;
    startTimeoutMs?: number;
  } = {},
) => {
  const whole = { ...PLAN, ...plan };
  const context = bench.claim.nextContext(startTimeoutMs);
  return runInstance(isolation, image, RESOURCES, context, plainFeed(whole, events), whole);
};

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
};

describe('an instance that works', () => {
  it('has one value an invocation, and metrics that follow from them', async () => {
    const outcome = await run(bench.image, { plan: { empty: 5 } });
    expect(outcome).toMatchObject({ status: 'ok', repeat: 3, evidence: { contradictions: [] } });
    expect(outcome.phase ?? outcome.error ?? outcome.tail_ms).toBeUndefined();
    expect([outcome.emptyMs.length, outcome.warmup_ms.length, outcome.latency_ms.length]).toEqual([5, 2, 4]);
    const { metrics, latency_ms, phases_ms } = outcome;
    expect(Object.keys(metrics).sort()).toEqual([
      'cold_start_ms',
      'cpu_ms',
      'latency_ms',
      'memory_bytes',
      'memory_peak_bytes',
      'throughput_per_s',
    ]);
    expect(metrics['cold_start_ms']).toBe(phases_ms.first_response);
    expect(metrics['latency_ms']).toBeCloseTo(median(latency_ms), 9);
    const meanMs = latency_ms.reduce((sum, ms) => sum + ms, 0) / latency_ms.length;
    expect(metrics['throughput_per_s']).toBeCloseTo(1000 / meanMs, 6);
    expect(metrics['memory_bytes']).toBeGreaterThan(100_000);
    expect(metrics['memory_bytes']).toBeLessThan(20 * 2 ** 20);
    expect(outcome.host?.['steal_share']).toBeGreaterThanOrEqual(0);
  });

  it('is charged the CPU of its warm invocations only, by the call', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-spin-'));
    try {
      // Counted in CPU time, so that a busy machine makes no difference. Loading costs much more than all the calls.
      const spin =
        'export const spin = ({ ms }) => { const from = process.cpuUsage(); for (let used = 0; used < ms * 1000; ) { const { user, system } = process.cpuUsage(from); used = user + system; } };';
      writeFileSync(join(directory, 'spin.mjs'), `${spin}\nspin({ ms: 2000 });`);
      const image = await buildFunction(bench, directory, 'spin.mjs#spin');
      const { metrics, latency_ms } = await run(image, { events: [{ ms: 20 }], plan: { repeat: 2, invocations: 5 } });
      expect(Math.min(...latency_ms)).toBeGreaterThanOrEqual(20);
      expect(metrics['cpu_ms']).toBeGreaterThan(19);
      expect(metrics['cpu_ms']).toBeLessThan(100);
      expect(metrics['cold_start_ms']).toBeGreaterThan(2000);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('has a tail phase of its own with quantiles, where one is asked for', async () => {
    const { tail_ms = [], metrics, latency_ms } = await run(bench.image, { plan: { tail: 100 } });
    expect([tail_ms.length, latency_ms.length]).toEqual([100, 4]);
    const sorted = [...tail_ms].sort((a, b) => a - b);
    const between = (key: string, from: number, to: number): void => {
      expect(metrics[key]).toBeGreaterThanOrEqual(sorted[from] as number);
      expect(metrics[key]).toBeLessThanOrEqual(sorted[to] as number);
    };
    between('latency_p95_ms', 94, 95);
    between('latency_p99_ms', 98, 99);
  });

  it('is sent the events in turn', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-events-'));
    try {
      writeFileSync(join(directory, 'echo.mjs'), 'export const echo = (event) => console.log(event.n);');
      const image = await buildFunction(bench, directory, 'echo.mjs#echo');
      const plan = { repeat: 1, warmup: 1, invocations: 3, tail: 2 };
      const { stderrTail } = await run(image, { events: [{ n: 1 }, { n: 2 }, { n: 3 }], plan });
      expect(stderrTail.split('\n')).toEqual(['1', '2', '3', '1', '2', '3', '1']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a function that fails is a record with its own words', () => {
  it.each([
    ['throws-on-import.mjs#handler', 'handler-error', 'start', 'Error: DATABASE_URL is not set'],
    [
      'missing-export.mjs#handler',
      'handler-error',
      'start',
      'HandlerNotFound: missing-export.mjs has no export handler; it exports: other',
    ],
    [
      'exits-on-import.mjs#handler',
      'handler-error',
      'start',
      'Exit: the process exited with code 4 while the module was loading',
    ],
    ['throws.mjs#handler', 'handler-error', 'first-response', 'TypeError: no such order: 42'],
    ['exits.mjs#handler', 'crashed', 'first-response', 'the function exited with code 3'],
    ['never-returns.mjs#handler', 'timeout', 'first-response', TOO_LATE],
    ['never-settles.mjs#handler', 'timeout', 'first-response', TOO_LATE],
    [
      ['node', 'prints-garbage.mjs'],
      'crashed',
      'first-response',
      'broken protocol: not a protocol message: "got a request"',
    ],
  ])('%s: %s in %s', async (entry, status, phase, error) => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, entry);
    const outcome = await run(image, { plan: { invokeTimeoutMs: 400 } });
    expect(outcome).toMatchObject({ status, phase, error, latency_ms: [], metrics: {} });
    expect(outcome.phases_ms.ready === null).toBe(phase === 'start');
  });

  it.each([
    ['throws-on-import.mjs#handler', 'start', 'Error: DATABASE_URL is not set'],
    ['throws.mjs#handler', 'first-response', 'TypeError: no such order: 42'],
    [['sh', '-c', 'echo no table >&2; exit 3'], 'start', 'no table'],
  ])('%s: its standard error is kept, in %s', async (entry, phase, words) => {
    const outcome = await run(await buildFunction(bench, BAD_FUNCTIONS, entry));
    expect(outcome).toMatchObject({ phase, stderrTail: expect.stringContaining(words) });
  });

  it.each([
    [
      'rates.py',
      'import os\nRATES = os.environ["CURRENCY"]\n',
      "KeyError: 'CURRENCY' (rates.py:2); it lacks an environment variable: set it in env of the function",
      'RATES = os.environ["CURRENCY"]',
    ],
    [
      'log.py',
      'def handler(event):\n    open("log", "w")\n',
      "OSError: [Errno 30] Read-only file system: 'log' (log.py:2); only /tmp can be written",
      'open("log", "w")',
    ],
    [
      'log.mjs',
      "import { writeFileSync } from 'node:fs';\nexport const handler = () => writeFileSync('log', '');\n",
      "Error: EROFS: read-only file system, open 'log'; only /tmp can be written",
      'log.mjs:2:',
    ],
  ])('%s: what to do stands behind the error', async (file, source, error, words) => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-hint-'));
    try {
      writeFileSync(join(directory, file), source);
      const outcome = await run(await buildFunction(bench, directory, `${file}#handler`));
      expect(outcome).toMatchObject({ status: 'handler-error', error, stderrTail: expect.stringContaining(words) });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('without what it was given of the runner, also where it does not start', async () => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, [
      'sh',
      '-c',
      'echo "no entry for sesame-open" >&2; exit 3',
    ]);
    const env = { ...image.env, taken: { TOKEN: 'sesame-open' } };
    const outcome = await run({ ...image, env });
    expect(outcome).toMatchObject({ status: 'start-failed', stderrTail: 'no entry for ***' });
    expect(outcome.error).toContain('; its last words: no entry for ***');
  });

  it('a forged answer is found, whether it comes before the next request or after it', async () => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, ['node', 'forges-ids.mjs']);
    const outcome = await run(image);
    expect(outcome).toMatchObject({ status: 'crashed', latency_ms: [] });
    expect(outcome.error).toMatch(/^broken protocol: (an unsolicited message:|unexpected message) "\{\\"id\\":\d+,/);
  });

  it('and prints to stdout are harmless, and kept as its last words', async () => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, 'prints-to-stdout.mjs#handler');
    const outcome = await run(image);
    expect(outcome).toMatchObject({ status: 'ok', stderrTail: expect.stringContaining('printed by console.log') });
  });

  it('a program that is not there ends the start', async () => {
    const { args } = bench.image.process;
    const image = { ...bench.image, process: { ...bench.image.process, args: [...args.slice(0, -2), '/no/such'] } };
    const outcome = await run(image);
    expect(outcome).toMatchObject({ status: 'start-failed', phase: 'start', metrics: {} });
    expect(outcome.error).toMatch(/exited with code 127 without an answer; its last words: .*\/no\/such/);
  });

  it('one that takes more memory than it has is killed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-greedy-'));
    try {
      writeFileSync(join(directory, 'greedy.mjs'), 'export const handler = () => Buffer.alloc(2 ** 30, 1).length;');
      const image = await buildFunction(bench, directory, 'greedy.mjs#handler');
      const error = expect.stringContaining(
        'the function ran out of memory and was killed: the limit is resources.memory',
      );
      expect(await run(image)).toMatchObject({ status: 'crashed', phase: 'first-response', error });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('a start that takes too long is given up', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-slow-'));
    try {
      writeFileSync(join(directory, 'slow.mjs'), 'for (;;);\nexport const handler = () => null;');
      const image = await buildFunction(bench, directory, 'slow.mjs#handler');
      const outcome = await run(image, { startTimeoutMs: 500 });
      expect(outcome).toMatchObject({
        status: 'timeout',
        phase: 'start',
        error: 'not ready within 500 ms; if it needs longer, raise measure.timeout',
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('where it fails later on', () => {
  let directory: string;
  let image: FunctionImage;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'isogate-late-'));
    const source = `export function handler({ does }) {
      if (does === 'throw') throw new RangeError('late');
      if (does === 'exit') process.exit(7);
      if (does === 'hang') for (;;);
    }`;
    writeFileSync(join(directory, 'late.mjs'), source);
    image = await buildFunction(bench, directory, 'late.mjs#handler');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const fine = (count: number): unknown[] => Array(count).fill({ does: 'nothing' });

  it.each([
    ['throw', 2, 'warm-up', 'handler-error', 'RangeError: late'],
    ['exit', 2, 'warm-up', 'crashed', 'the function exited with code 7'],
    ['hang', 2, 'warm-up', 'timeout', TOO_LATE],
    ['throw', 5, 'invoke', 'handler-error', 'RangeError: late'],
    ['exit', 5, 'invoke', 'crashed', 'the function exited with code 7'],
  ])('%s at call %i: in %s', async (does, calls, phase, status, error) => {
    const outcome = await run(image, { events: [...fine(calls), { does }], plan: { invokeTimeoutMs: 400 } });
    expect(outcome).toMatchObject({ status, phase, error });
    // What was measured before stands in the record; nothing is made up from half of it.
    expect([outcome.warmup_ms.length, outcome.latency_ms.length]).toEqual(phase === 'warm-up' ? [1, 0] : [2, 2]);
    expect(Object.keys(outcome.metrics)).toEqual(['cold_start_ms']);
  });
});

describe('what cannot be true', () => {
  it('a clock inside that claims more than the round trip', async () => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, ['node', 'lies-about-time.mjs']);
    const outcome = await run(image);
    expect(outcome).toMatchObject({ status: 'evidence-mismatch', phase: 'first-response' });
    expect(outcome.error).toMatch(/^the guest claims 3600000\.000 ms inside a round trip of \d+\.\d{3} ms$/);
  });

  it('evidence that contradicts the isolation', async () => {
    const weakened: Isolation = {
      ...native,
      async start(...args) {
        const instance = await native.start(...args);
        return {
          ...instance,
          evidence: async () => ({ host: {}, guest: {}, contradictions: ['too weak', 'and more'] }),
        };
      },
    };
    expect(await run(bench.image, { isolation: weakened })).toMatchObject({
      status: 'evidence-mismatch',
      phase: 'evidence',
      error: 'too weak',
      evidence: { contradictions: ['too weak', 'and more'] },
    });
  });
});

it('rejects with the reason of an abort, at once', async () => {
  const image = await buildFunction(bench, BAD_FUNCTIONS, 'never-returns.mjs#handler');
  const controller = new AbortController();
  const context = { ...bench.claim.nextContext(10_000), signal: controller.signal };
  setTimeout(() => controller.abort(new Error('stopped by a test')), 400);
  await expect(runInstance(native, image, RESOURCES, context, plainFeed(PLAN), PLAN)).rejects.toThrow(
    'stopped by a test',
  );
});
