/** A function that holds 230 MiB within each call and nothing between: its peak shows them in every arm. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildImage } from '../../src/image/build-image.ts';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { type InstancePlan, runInstance } from '../../src/measure/run-instance.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench } from '../support/null-bench.ts';
import { plainFeed } from '../support/plain-feed.ts';

const MIB = 2 ** 20;
const RESOURCES = { cpus: 1, memoryBytes: 384 * MIB, guestOverheadBytes: 128 * MIB, tmpBytes: 512 * 2 ** 20 };
const PLAN: InstancePlan = { invocations: 3, warmup: 1, repeat: 1, tail: 0, empty: 0, invokeTimeoutMs: 60_000 };

/** Only where it is loaded: a peak from before the warm calls is not theirs. */
const HEAVY_START = 'held = bytearray(b"x") * (200 << 20)\ndel held\n\ndef handler(event, context):\n    return None\n';

let bench: NullBench;
let directory: string;
let heavyCalls: FunctionImage;
let heavyStart: FunctionImage;
beforeAll(async () => {
  bench = await openNullBench(false);
  directory = mkdtempSync(join(tmpdir(), 'isogate-peak-'));
  writeFileSync(join(directory, 'app.py'), HEAVY_START);
  const kernel = await findGuestKernel({ source: null, cacheDir: bench.cacheDir, guestDir: GUEST_DIR });
  const build = async (from: string): Promise<FunctionImage> => {
    const text = JSON.stringify({
      functions: { peak: { directory: from, handler: 'app.py:handler' } },
      isolations: { native: {}, runc: {} },
    });
    const { functions } = await loadConfig(join(from, 'isogate.yml'), { text });
    const [config] = functions;
    if (config === undefined) throw new Error('no function');
    const options = { cacheDir: bench.cacheDir, guestDir: GUEST_DIR, kernel, log: () => {} };
    return buildImage({ ...options, function: config, resources: RESOURCES });
  };
  heavyCalls = await build(join(import.meta.dirname, '../../fixtures/cases/peak-memory'));
  heavyStart = await build(directory);
}, HOST_WAIT_MS);
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const run = (type: IsolationType, image: FunctionImage) =>
  runInstance(isolationOf(type), image, RESOURCES, bench.claim.nextContext(HOST_WAIT_MS), plainFeed(PLAN), PLAN);

it.for(['native', 'bubblewrap', 'runc', 'gvisor', 'docker', 'podman', 'qemu-microvm'] as const)(
  '%s',
  { timeout: HOST_WAIT_MS },
  async (type, context) => {
    const { reason } = await isolationOf(type).probe();
    if (reason !== null) return context.skip(reason);
    const { status, error, metrics, evidence } = await run(type, heavyCalls);
    expect([status, error]).toEqual(['ok', undefined]);
    expect(metrics['memory_peak_bytes']).toBeGreaterThan(230 * MIB);
    expect(metrics['memory_peak_bytes']).toBeGreaterThanOrEqual(metrics['memory_bytes'] as number);
    expect(evidence?.host['memory_peak']).toMatch(/^(kernel|sampled every 5 ms)$/);
    // What is not the function's own: the interpreter, a sandbox, an engine's client and shim. A guest has a kernel besides.
    if (type !== 'qemu-microvm') expect(metrics['memory_peak_bytes']).toBeLessThan(270 * MIB);
  },
);

it('does not contain the start', { timeout: HOST_WAIT_MS }, async () => {
  const { status, metrics } = await run('native', heavyStart);
  expect(status).toBe('ok');
  expect(metrics['memory_peak_bytes']).toBeLessThan(60 * MIB);
});
