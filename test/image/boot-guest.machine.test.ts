import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { digestTree } from '../../src/image/tree/digest-tree.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { skipUnless } from '../support/skip-unless.ts';
import { functionConfig, openWorkshop, RESOURCES, type Workshop, writeTree } from './workshop.ts';

const READY = existsSync('/opt/isogate/kernel/vmlinuz') && existsSync('/usr/bin/qemu-system-x86_64');
/** Emulated on a busy machine, the kernel's own calibration against the PIT now and then fails, and then it hangs. */
const hostTscKhz = (): number =>
  Math.round(Number(/^cpu MHz\s*: ([0-9.]+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]) * 1000);
let shop: Workshop;
let image: FunctionImage;

describe('disk and initramfs', () => {
  skipUnless(READY, 'there is no guest kernel or no QEMU: run scripts/setup-runner');

  beforeAll(async () => {
    shop = openWorkshop();
    const dir = writeTree(join(shop.dir, 'fn'), {
      'fn.mjs':
        'import { readFileSync } from "node:fs"; export const handler = (event) => [event.n * 2, process.getuid(), readFileSync("/proc/sys/kernel/osrelease", "utf8").trim()];\n',
    });
    const kernel = await findGuestKernel({ source: null, cacheDir: shop.cacheDir, guestDir: shop.guestDir });
    const config = functionConfig(dir, { handler: { file: 'fn.mjs', export: 'handler' } });
    image = await buildImage({ ...shop, function: config, resources: RESOURCES, kernel });
  });
  afterAll(() => shop.remove());

  it('has a disk that is uncompressed and holds the bytes of the root file system', async () => {
    const disk = image.vm?.diskPath ?? '';
    const facts = (await execa('unsquashfs', ['-s', disk])).stdout;
    for (const what of [/^Inodes are/m, /^Data is/m, /^Fragments are/m, /^Uids\/Gids \(Id table\) are/m])
      expect(facts).toMatch(new RegExp(`${what.source} uncompressed$`, 'm'));
    const into = join(shop.dir, 'unpacked');
    await execa('unsquashfs', ['-quiet', '-no-progress', '-dest', into, disk]);
    expect(await digestTree(into)).toBe(await digestTree(image.rootfsDir));
  });

  it('is made again with the same bytes', async () => {
    const config = functionConfig(join(shop.dir, 'fn'), { handler: { file: 'fn.mjs', export: 'handler' } });
    const kernel = image.vm?.kernel ?? null;
    const again = await buildImage({
      ...shop,
      cacheDir: join(shop.dir, 'other'),
      function: config,
      resources: RESOURCES,
      kernel,
    });
    expect(again.vm?.diskPath).not.toBe(image.vm?.diskPath);
    expect(readFileSync(again.vm?.diskPath ?? '').equals(readFileSync(image.vm?.diskPath ?? ''))).toBe(true);
  });

  it('warms all that a start reads', () => {
    const { vm, warmFiles } = image;
    const initramfs = Object.values(vm?.initramfs ?? {}).map(({ path }) => path);
    expect(initramfs).toHaveLength(4);
    expect(warmFiles.slice(-7)).toEqual([vm?.diskPath, ...initramfs, vm?.kernel.vmlinuxPath, vm?.kernel.bzImagePath]);
    expect(warmFiles).toContain(join(image.rootfsDir, 'function/fn.mjs'));
    expect(warmFiles.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('boots to an answering function in QEMU, emulated', async () => {
    const { vm } = image;
    const stderr = join(shop.dir, 'stderr');
    const qemu = execa(
      'qemu-system-x86_64',
      [
        ...[
          '-M',
          'microvm,accel=tcg,acpi=on,isa-serial=off',
          '-cpu',
          'max',
          '-m',
          '512M',
          '-nodefaults',
          '-no-user-config',
        ],
        ...[
          '-nographic',
          '-no-reboot',
          '-kernel',
          vm?.kernel.vmlinuxPath ?? '',
          '-initrd',
          vm?.initramfs['mmio-serial'].path ?? '',
        ],
        ...['-append', `reboot=t panic=-1 quiet random.trust_cpu=on tsc_early_khz=${hostTscKhz()}`],
        ...[
          '-drive',
          `id=d,file=${vm?.diskPath},format=raw,if=none,readonly=on`,
          '-device',
          'virtio-blk-device,drive=d',
        ],
        ...[
          '-device',
          'virtio-serial-device',
          '-chardev',
          'stdio,id=c,signal=off',
          '-chardev',
          `file,id=e,path=${stderr}`,
        ],
        ...[
          '-device',
          'virtserialport,chardev=c,name=isogate.channel',
          '-device',
          'virtserialport,chardev=e,name=isogate.stderr',
        ],
      ],
      { timeout: 100_000, reject: false, buffer: false },
    );
    const seen: { type?: string; id?: number; result?: unknown }[] = [];
    for await (const line of qemu.iterable({ from: 'stdout' })) {
      seen.push(JSON.parse(line));
      if (seen.at(-1)?.type === 'ready') qemu.stdin.write('{"id":1,"event":{"n":21},"repeat":1}\n');
      if (seen.at(-1)?.id === 1) qemu.kill('SIGKILL');
    }
    expect(
      seen.map((line) => line.type ?? line.id),
      existsSync(stderr) ? readFileSync(stderr, 'utf8') : '',
    ).toEqual(['booted', 'hello', 'ready', 1]);
    expect(seen.at(-1)?.result).toEqual([42, 1900000000, vm?.kernel.release]);
  }, 120_000);
});
