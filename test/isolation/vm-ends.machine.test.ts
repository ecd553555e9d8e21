/** How a guest may end, and what is said of it: by its memory, its kernel, its VMM. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { qemuIsolation } from '../../src/isolation/vm/qemu.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Instance, Isolation } from '../../src/model/isolation.ts';
import { GUEST_DIR } from '../support/env.ts';
import { BAD_FUNCTIONS, buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

let bench: NullBench;
let glutton: FunctionImage;
beforeAll(async () => {
  bench = await openNullBench(true);
  const kernel = await findGuestKernel({ source: null, cacheDir: bench.cacheDir, guestDir: GUEST_DIR });
  glutton = await buildFunction({ cacheDir: bench.cacheDir, kernel }, BAD_FUNCTIONS, 'eats-memory.mjs#handler');
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const TYPE = { microvm: 'qemu-microvm', q35: 'qemu-q35' } as const;
const isolation = (machine: 'microvm' | 'q35', words: string[] = []): Isolation =>
  qemuIsolation(isolationConfig(TYPE[machine]), 'tcg', { machine, words });

const start = (from: Isolation, image: FunctionImage): Promise<Instance> =>
  from.start(image, RESOURCES, bench.claim.nextContext(60_000));

/** Of an instance that is to fail; it is stopped afterwards. */
async function errorOf(instance: Instance): Promise<unknown> {
  try {
    return await instance.invoke({}, 1, 60_000).catch((error: unknown) => error);
  } finally {
    await instance.stop();
    expect(leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one))).toEqual([]);
  }
}

/** How a guest ends is the same code for both machines. */
const MACHINES = process.env['ISOGATE_FULL'] === undefined ? (['microvm'] as const) : (['microvm', 'q35'] as const);

describe.each(MACHINES)('%s', (machine) => {
  it('whose memory runs out: the function was killed for it', async () => {
    const error = await errorOf(await start(isolation(machine), glutton));
    expect(error).toMatchObject({ name: 'InstanceError', status: 'crashed' });
    expect((error as Error).message).toMatch(
      /^the guest ran out of memory, and its kernel killed the function: the limit is resources\.memory; .*killed by signal 9, out of memory/,
    );
  }, 120_000);

  it('whose kernel panics later: that it did, not that the function failed', async () => {
    const error = await errorOf(await start(isolation(machine, ['sysctl.vm.panic_on_oom=1']), glutton));
    expect(error).toMatchObject({ name: 'InstanceError', status: 'crashed' });
    expect((error as Error).message).toMatch(
      /^the guest reset its machine without a word of its agent, presumably since its kernel panicked; QEMU ended/,
    );
  }, 120_000);

  it('whose kernel panics at once: the same, soon and long before any time is up', async () => {
    const empty = join(bench.cacheDir, 'empty.cpio');
    writeFileSync(empty, '');
    const { vm } = bench.image;
    const initramfs = { path: empty, problem: null };
    const broken = {
      ...bench.image,
      vm: vm && { ...vm, initramfs: { ...vm.initramfs, 'mmio-serial': initramfs, 'pci-serial': initramfs } },
    };
    const started = start(isolation(machine), broken);
    await expect(started).rejects.toMatchObject({ name: 'InstanceError', status: 'start-failed' });
    await expect(started).rejects.toThrow(/presumably since its kernel panicked/);
    rmSync(empty);
  }, 60_000);

  it('whose VMM is killed: by which signal', async () => {
    const instance = await start(isolation(machine), bench.image);
    process.kill(Number((await instance.evidence()).host['pid']), 'SIGKILL');
    const error = await errorOf(instance);
    expect(error).toMatchObject({ name: 'InstanceError', status: 'crashed' });
    expect((error as Error).message).toMatch(/^the guest ended without an answer, QEMU was killed by SIGKILL/);
  }, 60_000);
});
