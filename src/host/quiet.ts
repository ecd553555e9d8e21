import { rmdir } from 'node:fs/promises';

/** For directories that go when they are empty, and may stay when they are not. */
export async function rmdirQuietly(path: string): Promise<void> {
  await rmdir(path).catch(() => {});
}
