import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** A new directory with these files, removed after the test. */
export const workspace = (files: Record<string, string>): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-config-')));
  made.push(root);
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
