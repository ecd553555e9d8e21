import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageProcess } from '../../model/image.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { ISOGATE_DIR, processRecords } from './function-process.ts';

/** The lines of /etc/passwd and /etc/group that name the function's user. */
export const userLines = (): Record<'passwd' | 'group', string> => ({
  passwd: `function:x:${FUNCTION_UID}:${FUNCTION_UID}:function:/tmp:/usr/sbin/nologin\n`,
  group: `function:x:${FUNCTION_UID}:\n`,
});

const passwdFile = (): string => `root:x:0:0:root:/root:/usr/sbin/nologin\n${userLines().passwd}`;

/** The files of /etc that are read to look up names. */
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

/**
 * Places the agent, the code that runs a handler in its language, and the description of the process for a VM's agent.
 */
export function placeGuestFiles(rootfs: string, parts: GuestParts): void {
  for (const name of parts.guestFiles) {
    const file = join(rootfs, ISOGATE_DIR, name);
    copyFileSync(join(parts.guestDir, name), file);
    chmodSync(file, name === 'agent' ? 0o755 : 0o644);
  }
  writeFileSync(join(rootfs, ISOGATE_DIR, 'process'), processRecords(parts.process));
}
