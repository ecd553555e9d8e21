import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new directory with these files, removed after the test. */
export const workspace = (files: Record<string, string>): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-config-')));
  // Asked of the test itself: files that share a worker share this module, and a hook of it would belong to the first of them.
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};

/** Paths of a configuration that lies at the top of a workspace. */
export const pathsIn = (root: string) => ({ directory: root, workspace: root, allowed: () => [] });

/** The message of the error that `run` ends with, and its name. */
export const failure = async (run: () => unknown): Promise<{ name: string; message: string }> => {
  try {
    await run();
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('no error was thrown');
};
