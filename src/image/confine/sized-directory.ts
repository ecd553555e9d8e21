/** A directory that holds so many bytes and files and no more, whatever writes there. */

import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, rmdirSync, rmSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import { unmountBelow } from '../../lib/mounts.ts';
import { askCommand, type CommandAnswer, SYSTEM_PATH } from '../../lib/run-tool.ts';
import { lastLine } from '../../lib/text.ts';
import { NotMeasurableError } from '../../model/errors.ts';

export interface Size {
  bytes: number;
  files: number;
}

export interface SizedDirectory {
  dir: string;
  size: Size;
  /** What of it is used up; null where there is room for more. */
  full: () => Promise<'bytes' | 'files' | null>;
  /** Gives all of it back. */
  close: () => Promise<void>;
}

const TOOL_MS = 60_000;
/** What has to stay for everything else where the directory lies in memory. */
const MEMORY_LEFT_BYTES = 2 ** 30;

/**
 * Makes the directory `dir`, which must not exist: a file system in a file beside it, of which only what is written takes
 * room. The file has no name any more once it is mounted, so that nothing but the mount is left of a run that is killed; the
 * sweep removes that (lib/mounts.ts). Where this machine has no loop devices, it lies in memory.
 * @throws NotMeasurableError where neither can be had
 */
export async function openSizedDirectory(dir: string, size: Size): Promise<SizedDirectory> {
  mkdirSync(dir, { recursive: true });
  const onDisk = await mountImage(dir, size);
  const problem = onDisk && (await mountMemory(dir, size));
  if (problem) {
    rmdirSync(dir);
    throw new NotMeasurableError(
      `a build cannot be limited in disk space here: no file system in a file (${onDisk}), nor in memory (${problem})`,
    );
  }
  chmodSync(dir, 0o755);
  return {
    dir,
    size,
    async full() {
      const { bavail, blocks, ffree } = await statfs(dir);
      if (ffree === 0) return 'files';
      // ext4 keeps up to a fiftieth for itself.
      return bavail <= blocks / 32 ? 'bytes' : null;
    },
    async close() {
      await unmountBelow(dir);
      rmdirSync(dir);
    },
  };
}

/** @returns why it cannot be had, or null */
async function mountImage(dir: string, { bytes, files }: Size): Promise<string | null> {
  const image = join(dirname(dir), '.sized');
  try {
    const fd = openSync(image, 'wx', 0o600);
    ftruncateSync(fd, bytes);
    closeSync(fd);
    const how = [
      '-q',
      '-F',
      '-t',
      'ext4',
      '-b',
      '4096',
      '-m',
      '0',
      '-N',
      String(files),
      '-O',
      '^has_journal,^resize_inode',
    ];
    const made = await askCommand(systemTool('mke2fs'), [...how, '-E', 'lazy_itable_init=1,nodiscard', image], {
      timeoutMs: TOOL_MS,
    });
    if (made.outcome !== 'answered') return explain('mke2fs', made);
    // Mounted so, the loop device goes with the mount.
    const mounted = await askCommand(
      systemTool('mount'),
      ['-o', 'loop,nosuid,nodev,noatime,noinit_itable', image, dir],
      {
        timeoutMs: TOOL_MS,
      },
    );
    if (mounted.outcome !== 'answered') return explain('mount', mounted);
    rmdirSync(join(dir, 'lost+found'));
    return null;
  } finally {
    rmSync(image, { force: true });
  }
}

async function mountMemory(dir: string, { bytes, files }: Size): Promise<string | null> {
  const available =
    Number(/^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
  if (available < bytes + MEMORY_LEFT_BYTES) return `${available} bytes of memory are available, ${bytes} are needed`;
  const options = `size=${bytes},nr_inodes=${files},mode=0755,nosuid,nodev`;
  const mounted = await askCommand(systemTool('mount'), ['-t', 'tmpfs', '-o', options, 'isogate-build', dir], {
    timeoutMs: TOOL_MS,
  });
  return mounted.outcome === 'answered' ? null : explain('mount', mounted);
}

/** Whoever has no directory of root's programs on PATH has them all the same. */
const systemTool = (name: string): string => findProgram(name, SYSTEM_PATH.split(':')) ?? name;

const explain = (tool: string, answer: CommandAnswer): string =>
  `${tool}: ${answer.outcome === 'failed' ? lastLine(answer.stderr) || `exit code ${answer.code}` : answer.outcome}`;
