import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageProcess } from '../../model/image.ts';
import { ISOGATE_DIR, processRecords } from './function-process.ts';

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
