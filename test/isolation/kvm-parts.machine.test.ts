/**
 * The same for every adapter that needs KVM, in each of its ways. `npm run test:kvm` (ISOGATE_KVM=1) runs it under KVM with
 * the real binaries; elsewhere QEMU is emulated and stand-ins take the place of what cannot be had: a part of them, or with
 * ISOGATE_FULL all.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { KVM_PARTS, type KvmPart } from '../../bench/kvm-parts.ts';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import { messageOf } from '../../src/model/errors.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Instance } from '../../src/model/isolation.ts';
import { buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { provideVmm } from '../support/provide-vmm.ts';

const KVM = process.env['ISOGATE_KVM'] === '1';
const START_MS = KVM ? 20_000 : 90_000;
const STARTS_IN_A_ROW = KVM ? 10 : 2;
const SOME = ['qemu-microvm', 'firecracker-config-file', 'cloud-hypervisor'];

const PARTS = KVM_PARTS.filter((part) => {
  if (KVM) return process.env['ISOGATE_KVM_PARTS']?.split(',').includes(part.name) ?? true;
  return part.recorded !== null && (process.env['ISOGATE_FULL'] === '1' || SOME.includes(part.name));
});

let bench: NullBench;
/** Why a part cannot be tested, and what is to be taken away in the end. */
const missing = new Map<string, string>();
const removals: (() => void)[] = [];
beforeAll(async () => {
  bench = await openNullBench(true);
  for (const type of ['firecracker', 'cloud-hypervisor'] as const) {
    if (!PARTS.some((part) => part.config.type === type)) continue;
    const provided = await provideVmm(type, bench);
    if (typeof provided === 'string') missing.set(type, provided);
    else removals.push(provided.remove);
  }
}, HOST_WAIT_MS);
afterAll(async () => {
  for (const remove of removals.reverse()) remove();
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

/** Of the bench's instances; its own directory, cgroup and prepared files stay until its end. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one)),
  ...readdirSync(bench.claim.directory).filter((name) => name.startsWith(bench.claim.runId)),
];

describe.each(PARTS.map((part) => [part.name, part] as const))('%s', (_, part) => {
  it('boots, answers, is what it says, and leaves nothing', async (context) => {
    const instance = await start(part, context);
    try {
      expect(await instance.invoke({ any: 'event' }, 2, START_MS)).toMatchObject({ ok: true, result: null });
      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host['cpus_allowed']).toBe(bench.claim.cpuset.join(','));
      expect(guest).toMatchObject({ uid: '1900000000', cpus: '1' });
      expect((await instance.usage()).memoryBytes).toBeGreaterThan(1_000_000);
    } finally {
      await instance.stop();
    }
    expect(left()).toEqual([]);
  }, 180_000);

  it('runs a Node function', async (context) => {
    const directory = join(import.meta.dirname, '../../fixtures/functions/cpu');
    const image = await buildFunction(
      { ...bench, kernel: bench.image.vm?.kernel ?? null },
      directory,
      'cpu.mjs#handler',
    );
    const instance = await start(part, context, image);
    try {
      expect(await instance.invoke({ rows: 16, rounds: 1 }, 1, 90_000)).toMatchObject({ ok: true });
    } finally {
      await instance.stop();
    }
    expect(left()).toEqual([]);
  }, 180_000);

  it('its process killed, calls fail and nothing stays', async (context) => {
    const instance = await start(part, context);
    const { host } = await instance.evidence();
    process.kill(Number(host['pid']), 'SIGKILL');
    const outcome = (): Promise<string> => instance.invoke(null, 0, 10_000).then(() => 'answered', messageOf);
    await expect.poll(outcome, { timeout: 20_000 }).not.toBe('answered');
    await instance.stop();
    expect(left()).toEqual([]);
  }, 180_000);

  it(`${STARTS_IN_A_ROW} starts in a row leave nothing`, async (context) => {
    for (let round = 0; round < STARTS_IN_A_ROW; round++) {
      const instance = await start(part, context);
      expect(await instance.invoke(null, 0, START_MS)).toMatchObject({ ok: true });
      await instance.stop();
      expect(left()).toEqual([]);
    }
  }, 300_000);
});

async function start(part: KvmPart, context: TestContext, image: FunctionImage = bench.image): Promise<Instance> {
  const reason = missing.get(part.config.type);
  if (reason !== undefined) context.skip(reason);
  const isolation = createIsolation(part.config, KVM || !part.name.startsWith('qemu-') ? 'kvm' : 'tcg');
  const facts = await isolation.probe();
  if (facts.reason !== null) context.skip(facts.reason);
  const startContext = bench.claim.nextContext(START_MS);
  await isolation.prepare?.(image, startContext);
  return isolation.start(image, RESOURCES, startContext);
}
