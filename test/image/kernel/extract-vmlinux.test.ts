import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  extractVmlinux,
  isBzImage,
  readBzImageBuild,
  readBzImageRelease,
} from '../../../src/image/kernel/extract-vmlinux.ts';

/** Nothing here is unpacked by another program. */
const UNPACKER = { agent: '/nowhere/agent' };
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

it('undoes gzip, whose stream ends in the size itself', async () => {
  expect((await extractVmlinux(bootImage(gzipSync(CONTENT)), UNPACKER)).equals(CONTENT)).toBe(true);
});

it('reads the release and the build', () => {
  const image = bootImage(Buffer.alloc(16));
  expect(readBzImageRelease(image)).toBe('6.1.0-test');
  expect(readBzImageBuild(image)).toEqual({ release: '6.1.0-test', build: '#1' });
});

it.each([
  [
    'an absurd size',
    async () => {
      const stated = gzipSync(CONTENT);
      stated.writeUInt32LE(0xffffffff, stated.length - 4);
      return stated;
    },
    'it states an uncompressed size of 4294967295 bytes',
  ],
  [
    'an unknown compression',
    async () => withSize(Buffer.alloc(20, 7)),
    'its payload starts with 070707070707, which is not one of gzip, xz, zstd, lz4, lzma, bzip2, lzo',
  ],
  ['no payload', async () => Buffer.alloc(0), 'its payload lies outside of the file'],
])('refuses %s', async (_, payload, message) => {
  await expect(extractVmlinux(bootImage(await payload()), UNPACKER)).rejects.toThrow(message);
});

it('takes nothing else for a boot image', () => {
  expect(isBzImage(Buffer.alloc(4096))).toBe(false);
  expect(isBzImage(Buffer.from('HdrS'))).toBe(false);
});
