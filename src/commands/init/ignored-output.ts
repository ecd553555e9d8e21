import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ignore from 'ignore';
import { readBounded } from '../../lib/read-bounded.ts';

const OUTPUT = 'isogate-out/';
const MAX_BYTES = 2 ** 20;

const readRules = (path: string): string => {
  try {
    return readBounded(path, MAX_BYTES, path);
  } catch {
    return '';
  }
};

/** Whether git would offer what `isogate gate` writes into a directory to be committed; false outside of a repository. */
export const isOutputOffered = (directory: string): boolean => {
  for (let at = directory; ; at = dirname(at)) {
    const files = [join(at, '.gitignore'), join(at, '.git/info/exclude')];
    const path = join(relative(at, directory), OUTPUT);
    if (files.some((file) => ignore().add(readRules(file)).ignores(path))) return false;
    if (existsSync(join(at, '.git'))) return true;
    if (at === dirname(at)) return false;
  }
};
