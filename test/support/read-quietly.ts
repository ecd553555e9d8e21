/** Reads of what may be gone by now, as processes and cgroups are: then nothing is found. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const orElse = <T>(read: () => T, nothing: T): T => {
  try {
    return read();
  } catch {
    return nothing;
  }
};

export const list = (path: string): string[] => orElse(() => readdirSync(path), []);
export const read = (path: string): string => orElse(() => readFileSync(path, 'utf8'), '');
export const link = (path: string): string => orElse(() => readlinkSync(path), '');

/** A cgroup directory is full of control files: only its children tell of something left. */
export const directories = (path: string): string[] =>
  orElse(
    () =>
      readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name),
    [],
  );
