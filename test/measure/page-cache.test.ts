import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { listFilesToWarm, warmFiles } from '../../src/measure/page-cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-page-cache-'));
afterAll(() => rmSync(directory, { recursive: true }));

const write = (name: string, bytes: number): string => {
  const path = join(directory, name);
  writeFileSync(path, Buffer.alloc(bytes, 1));
  return path;
};
/** What this process has read by now, whether from disk or cache (proc_pid_io(5)). */
const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

it('reads every file to its end, empty ones too', async () => {
  const files = [write('large', 3 * 2 ** 20 + 1), write('empty', 0), write('small', 4097)];
  const before = bytesRead();
  await warmFiles(files);
  const read = bytesRead() - before;
  expect(read).toBeGreaterThanOrEqual(3 * 2 ** 20 + 1 + 4097);
  expect(read).toBeLessThan(4 * 2 ** 20);
});

it('rejects with the name of a file that is not there', async () => {
  await expect(warmFiles([write('there', 1), join(directory, 'missing')])).rejects.toThrow(
    `ENOENT: no such file or directory, open '${join(directory, 'missing')}'`,
  );
});

it('of a VM that takes no part nothing is read', () => {
  const image = { rootfsDir: '/cache/rootfs', warmFiles: ['/cache/rootfs/bin/node', '/cache/disk', '/cache/vmlinux'] };
  expect(listFilesToWarm(image, ['native', 'runc', 'kata'])).toEqual(['/cache/rootfs/bin/node']);
  expect(listFilesToWarm(image, ['native', 'qemu-microvm'])).toEqual(image.warmFiles);
});
