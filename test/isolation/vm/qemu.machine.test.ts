/** Both machines of QEMU with the distribution's kernel and the built one, by guests that really boot, emulated. */

import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNullImage } from '../../../src/image/build-image.ts';
import { findGuestKernel } from '../../../src/image/kernel/find-guest-kernel.ts';
import { contradictionsOf } from '../../../src/isolation/evidence/contradictions.ts';
import { hostIdentity } from '../../../src/isolation/evidence/host-evidence.ts';
import { qemuRules } from '../../../src/isolation/vm/qemu.ts';
import type { KernelSource, Resources } from '../../../src/model/config.ts';
import type { FunctionImage } from '../../../src/model/image.ts';
import type { Evidence } from '../../../src/model/isolation.ts';
import { GUEST_DIR } from '../../support/env.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';

const BUILT = '/opt/isogate/kernel-minimal/vmlinux';
const NOT_BUILT = `there is no ${BUILT}: npm run kernel:build`;
const TYPES = ['qemu-microvm', 'qemu-q35'] as const;
type Type = (typeof TYPES)[number];

let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(true);
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

async function imageWith(source: KernelSource): Promise<FunctionImage> {
  const { cacheDir } = bench;
  const kernel = await findGuestKernel({ source, cacheDir, guestDir: GUEST_DIR });
  return buildNullImage({ resources: RESOURCES, cacheDir, guestDir: GUEST_DIR, kernel, log: () => {} });
}

async function evidenceOf(type: Type, image: FunctionImage, resources: Resources = RESOURCES): Promise<Evidence> {
  const instance = await isolationOf(type).start(image, resources, bench.claim.nextContext(60_000));
  try {
    expect(await instance.invoke(null, 1, 30_000)).toMatchObject({ ok: true });
    return await instance.evidence();
  } finally {
    await instance.stop();
  }
}

/** Words of the guest's command line, the one that depends on the host's clock without its number. */
const wordsOf = ({ guest }: Evidence): string[] =>
  (guest['cmdline'] ?? '').replace(/tsc_early_khz=\d+/, 'tsc_early_khz').split(' ');

describe('the distribution’s kernel', () => {
  const seen = new Map<Type, Evidence>();
  it.each(TYPES)(
    'boots under %s',
    async (type) => {
      const evidence = await evidenceOf(type, bench.image);
      expect(evidence.contradictions).toEqual([]);
      expect(evidence.guest['kernel_release']).toBe(bench.image.vm?.kernel.release);
      seen.set(type, evidence);
    },
    90_000,
  );

  it('has the same command line on both machines', () => {
    const [microvm, q35] = TYPES.map((type) => wordsOf(seen.get(type) as Evidence));
    expect(microvm).toEqual(q35);
    expect(microvm?.slice(0, 2)).toEqual(['reboot=t', 'tsc_early_khz']);
  });

  it.each<[Type, string, Parameters<typeof qemuRules>, RegExp]>([
    ['qemu-microvm', 'a q35', ['', 'tcg', 'q35'], /argv is ".* -machine microvm,accel=tcg,.*", expected a q35 machine/],
    [
      'qemu-q35',
      'a microvm',
      ['', 'tcg', 'microvm'],
      /argv is ".* -machine q35,accel=tcg .*", expected a microvm machine/,
    ],
    ['qemu-q35', 'under KVM', ['', 'kvm', 'q35'], /kvm_enabled is "false", expected "true"/],
    ['qemu-microvm', 'under KVM', ['', 'kvm', 'microvm'], /kvm_enabled is "false", expected "true"/],
  ])('%s is not taken for one %s', async (type, _, [, ...expected], message) => {
    const evidence = seen.get(type) as Evidence;
    const rules = qemuRules(bench.image.vm?.kernel.release ?? '', ...expected);
    const found = contradictionsOf(evidence, await hostIdentity(), rules);
    expect(found).toContainEqual(expect.stringMatching(message));
  });

  it('of another release than the image’s is told', async () => {
    const rules = qemuRules('6.1.0-other', 'tcg', 'q35');
    const found = contradictionsOf(seen.get('qemu-q35') as Evidence, await hostIdentity(), rules);
    expect(found).toEqual([
      `guest evidence kernel_release is "${bench.image.vm?.kernel.release}", expected "6.1.0-other"`,
    ]);
  });

  it.each(TYPES)('%s refuses it without its modules, before it starts anything', async (type) => {
    const dir = join(bench.cacheDir, `bare-${type}`);
    mkdirSync(dir);
    copyFileSync(bench.image.vm?.kernel.vmlinuxPath ?? '', join(dir, 'vmlinux'));
    const image = await imageWith({ path: join(dir, 'vmlinux') });
    const bus = type === 'qemu-q35' ? 'CONFIG_VIRTIO_PCI' : 'CONFIG_VIRTIO_MMIO';
    await expect(isolationOf(type).start(image, RESOURCES, bench.claim.nextContext(5_000))).rejects.toThrow(
      `the guest kernel has no modules beside it and was built without ${bus}, CONFIG_VIRTIO_BLK, CONFIG_VIRTIO_CONSOLE, CONFIG_SQUASHFS: `,
    );
  });
});

describe('the built kernel', () => {
  it.for(TYPES)('boots under %s, with two CPUs as well', { timeout: 60_000, retry: 3 }, async (type, context) => {
    if (!existsSync(BUILT)) return context.skip(NOT_BUILT);
    const image = await imageWith({ path: BUILT });
    expect(image.vm?.kernel).toMatchObject({ modulesDir: null, bzImagePath: expect.any(String) });
    const evidence = await evidenceOf(type, image);
    expect(evidence.contradictions).toEqual([]);
    expect(evidence.guest['kernel_release']).toBe(image.vm?.kernel.release);
    // As many mitigations as a kernel knows, none of them left out.
    expect(evidence.guest['mitigations']).not.toMatch(/Vulnerable/);
    // More than this run has claimed, which its evidence then says.
    const twice = await evidenceOf(type, image, { ...RESOURCES, cpus: 2 });
    expect(twice.guest['cpus']).toBe('2');
  });
});
