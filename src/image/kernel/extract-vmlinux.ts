import { gunzipSync } from 'node:zlib';
import { type Unpacker, unpackConfined } from '../confine/unpack-confined.ts';

/** Far above any uncompressed kernel; keeps a forged size field from taking all memory. */
const MAX_BYTES = 512 * 2 ** 20;

/** Offsets of the setup header: Documentation/arch/x86/boot.rst of Linux, "The Real-Mode Kernel Header". */
const HEADER = { setupSects: 0x1f1, magic: 0x202, version: 0x206, kernelVersion: 0x20e, payloadOffset: 0x248 };

/** Magic bytes of the payload (same document, field payload_offset) and the tool that unpacks it. */
const COMPRESSIONS: { magic: string; tool: string[]; debianPackage: string }[] = [
  { magic: 'fd377a585a00', tool: ['xz', '-dc'], debianPackage: 'xz-utils' },
  { magic: '28b52ffd', tool: ['zstd', '-dc'], debianPackage: 'zstd' },
  { magic: '02214c18', tool: ['lz4', '-dc'], debianPackage: 'lz4' },
  { magic: '5d0000', tool: ['xz', '--format=lzma', '-dc'], debianPackage: 'xz-utils' },
  { magic: '425a68', tool: ['bzip2', '-dc'], debianPackage: 'bzip2' },
  { magic: '894c5a4f000d', tool: ['lzop', '-dc'], debianPackage: 'lzop' },
];

/** Whether the file is a Linux boot image with the header that says where its payload is (protocol 2.08 and later). */
export const isBzImage = (image: Buffer): boolean =>
  image.length > 0x260 &&
  image.toString('latin1', HEADER.magic, HEADER.magic + 4) === 'HdrS' &&
  image.readUInt16LE(HEADER.version) >= 0x0208;

/** The release that a boot image names in its setup code, such as `6.1.0-56-cloud-amd64`. */
export const readBzImageRelease = (image: Buffer): string => readBzImageBuild(image).release;

/**
 * The release and the build, from `#` on, such as `#1 SMP Debian 6.1.192-2`. The setup code has `RELEASE (USER@HOST)
 * #BUILD`.
 */
export function readBzImageBuild(image: Buffer): { release: string; build: string } {
  const at = image.readUInt16LE(HEADER.kernelVersion) + 0x200;
  const text = image.toString('latin1', at, at + 512).split('\0')[0] ?? '';
  const build = text.indexOf('#');
  return { release: text.split(' ')[0] ?? '', build: build < 0 ? '' : text.slice(build) };
}

/**
 * The uncompressed kernel inside a boot image.
 * @throws Error when the compression is unknown or the result has not the size that the image states
 */
export async function extractVmlinux(image: Buffer, unpacker: Unpacker): Promise<Buffer> {
  // 0 means 4: same document, field setup_sects.
  const protectedMode = ((image[HEADER.setupSects] || 4) + 1) * 512;
  const start = protectedMode + image.readUInt32LE(HEADER.payloadOffset);
  const payload = image.subarray(start, start + image.readUInt32LE(HEADER.payloadOffset + 4));
  if (payload.length < 16) throw new Error('its payload lies outside of the file');
  const size = payload.readUInt32LE(payload.length - 4);
  if (size > MAX_BYTES) throw new Error(`it states an uncompressed size of ${size} bytes`);
  const vmlinux = await decompress(payload, size, unpacker);
  if (vmlinux.length !== size) throw new Error(`it states ${size} uncompressed bytes and has ${vmlinux.length}`);
  return vmlinux;
}

async function decompress(payload: Buffer, size: number, unpacker: Unpacker): Promise<Buffer> {
  const magic = payload.toString('hex', 0, 6);
  // The size field of a gzip stream is the stream's own; the others have it appended.
  if (magic.startsWith('1f8b')) return gunzipSync(payload, { maxOutputLength: size + 1 });
  if (magic.startsWith('7f454c46')) return payload.subarray(0, size);
  const found = COMPRESSIONS.find((compression) => magic.startsWith(compression.magic));
  if (!found)
    throw new Error(`its payload starts with ${magic}, which is not one of gzip, xz, zstd, lz4, lzma, bzip2, lzo`);
  const { tool, debianPackage } = found;
  return unpackConfined(tool, payload.subarray(0, -4), { ...unpacker, debianPackage, maxBytes: size + 1 });
}
