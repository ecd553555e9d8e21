import { execa } from 'execa';
import { expect, it } from 'vitest';
import { extractVmlinux, isBzImage } from '../../../src/image/kernel/extract-vmlinux.ts';
import { GUEST_DIR } from '../../support/env.ts';
import { needsRoot } from '../../support/skip-unless.ts';

const UNPACKER = { agent: `${GUEST_DIR}agent` };
const CONTENT = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * index) % 251));

/** A boot image of four setup sectors as the boot protocol lays it out, with `payload` 0x100 bytes into the rest. */
function bootImage(payload: Buffer): Buffer {
  const setup = Buffer.alloc(5 * 512);
  setup[0x1f1] = 4;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x020f, 0x206);
  setup.writeUInt16LE(0x300, 0x20e);
  setup.write('6.1.0-test (somebody@somewhere) #1', 0x500, 'latin1');
  setup.writeUInt32LE(0x100, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(0x100, 0x90), payload, Buffer.alloc(64, 0xcc)]);
}

/** As the kernel's build does (scripts/Makefile.lib, size_append): all but gzip have the size appended. */
function withSize(bytes: Uint8Array, size = CONTENT.length): Buffer {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(size);
  return Buffer.concat([bytes, trailer]);
}

const tool = async (file: string, ...args: string[]): Promise<Buffer> => {
  const result = await execa(file, args, { input: CONTENT, encoding: 'buffer' });
  return Buffer.from(result.stdout);
};

needsRoot();

it.for([
  ['xz', 'xz', '--check=crc32', '-c'],
  ['zstd', 'zstd', '-c'],
  ['lz4', 'lz4', '-l', '-c'],
  ['lzma', 'xz', '--format=lzma', '-c'],
  ['bzip2', 'bzip2', '-c'],
  ['lzo', 'lzop', '-c'],
] as const)('undoes %s', async ([, file, ...args], context) => {
  const { failed } = await execa(file, ['--version'], { reject: false });
  if (failed) return context.skip(`${file} is not installed`);
  const image = bootImage(withSize(await tool(file, ...args)));
  expect(isBzImage(image)).toBe(true);
  expect((await extractVmlinux(image, UNPACKER)).equals(CONTENT)).toBe(true);
});

it('refuses another size than stated', async () => {
  const image = bootImage(withSize(await tool('xz', '-c'), 30_000));
  await expect(extractVmlinux(image, UNPACKER)).rejects.toThrow('it states 30000 uncompressed bytes and has 20000');
});
