import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageProcess } from '../../model/image.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { ISOGATE_DIR, processRecords } from './function-process.ts';

/** What names the function's user, by file of /etc. */
export const userLines = (): Record<'passwd' | 'group', string> => ({
  passwd: `function:x:${FUNCTION_UID}:${FUNCTION_UID}:function:/tmp:/usr/sbin/nologin\n`,
  group: `function:x:${FUNCTION_UID}:\n`,
});

export const passwdFile = (): string => `root:x:0:0:root:/root:/usr/sbin/nologin\n${userLines().passwd}`;

/** The files of /etc that name look-ups read, by name. */
export const systemFiles = (): Record<string, string> => ({
  passwd: passwdFile(),
  group: `root:x:0:\ntty:x:5:\n${userLines().group}`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  hosts: '127.0.0.1 localhost function\n::1 localhost\n',
  hostname: 'function\n',
});

export interface GuestParts {
  process: ImageProcess;
  /** Files of guestDir that go into the image. */
  guestFiles: string[];
  guestDir: string;
}

/** The agent, the language runtime's glue, and what a VM's agent starts. */
export function placeGuestFiles(rootfs: string, parts: GuestParts): void {
  for (const name of parts.guestFiles) {
    const file = join(rootfs, ISOGATE_DIR, name);
    copyFileSync(join(parts.guestDir, name), file);
    chmodSync(file, name === 'agent' ? 0o755 : 0o644);
  }
  writeFileSync(join(rootfs, ISOGATE_DIR, 'process'), processRecords(parts.process));
}
