/** Tars byte by byte (POSIX.1-2017, pax, ustar): what no honest tool writes. */

export interface RawMember {
  name: string;
  /** 0 file, 1 hard link, 2 symbolic link, 3 character device, 5 directory, x pax header; S is GNU's sparse file. */
  type?: string;
  link?: string;
  content?: string | Buffer;
  mode?: number;
  size?: number;
  device?: [number, number];
}

const BLOCK = 512;

export function rawTar(members: RawMember[]): Buffer {
  return Buffer.concat([...members.map(toBlocks), Buffer.alloc(2 * BLOCK)]);
}

/** A pax header that applies to the next member. */
export const paxHeader = (records: Record<string, string>): RawMember => ({
  name: 'pax',
  type: 'x',
  content: Object.entries(records).map(paxRecord).join(''),
});

/** Its length counts its own digits. */
function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return `${length}${rest}`;
}

function toBlocks({
  name,
  type = '0',
  link = '',
  content = '',
  mode = 0o644,
  size,
  device = [0, 0],
}: RawMember): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  // One byte a character, so that a name can be no UTF-8.
  header.write(name, 0, 100, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size ?? body.length, 124, 12);
  octal(1_000_000_000, 136, 12);
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  octal(device[0], 329, 8);
  octal(device[1], 337, 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}
