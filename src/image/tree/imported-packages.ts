import { constants, realpathSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readBounded } from '../../lib/read-bounded.ts';
import { statIfThere } from '../../lib/stat-if-there.ts';
import { packageOf } from './find-packages.ts';
import { isBelow } from './is-below.ts';

const MAX_FILES = 2000;
const MAX_FILE_BYTES = 2 ** 20;
const SCRIPT = /\.[cm]?js$/;
/** `import … from 'x'`, `import 'x'`, `export … from 'x'`, `import('x')` and `require('x')`, as far as the text tells. */
const IMPORT = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*(['"])([^'"\n]{1,300})\1/g;

/** Nothing of a file that is not the function's own, such as one of /proc that a link leads to, or that cannot be read. */
function specifiersOf(directory: string, file: string): string[] {
  const path = join(directory, file);
  if (!isBelow(path, directory)) return [];
  try {
    const text = readBounded(realpathSync.native(path), MAX_FILE_BYTES, file, { flags: constants.O_NOFOLLOW });
    return [...text.matchAll(IMPORT)].map((match) => match[2] ?? '');
  } catch {
    return [];
  }
}

/** Packages that the scripts of a function's own directory name. @param files relative to `directory` */
export function packagesNamedIn(directory: string, files: string[]): Set<string> {
  const scripts = files.filter((file) => SCRIPT.test(file) && !/(^|\/)node_modules\//.test(file)).slice(0, MAX_FILES);
  const names = new Set<string>();
  for (const file of scripts)
    for (const specifier of specifiersOf(directory, file)) names.add(packageOf(specifier) ?? '');
  names.delete('');
  return names;
}

/** Packages that a script imports, and the scripts that it imports by their paths. */
export function packagesImportedBy(directory: string, script: string): Set<string> {
  const names = new Set<string>();
  const pending = [posix.normalize(script)];
  const seen = new Set(pending);
  for (let file = pending.pop(); file !== undefined && seen.size < MAX_FILES; file = pending.pop()) {
    for (const specifier of specifiersOf(directory, file)) {
      const name = packageOf(specifier);
      if (name !== null) names.add(name);
      if (!/^\.\.?\//.test(specifier)) continue;
      const target = posix.normalize(posix.join(dirname(file), specifier));
      if (target.startsWith('../')) continue;
      const found = ['', '.js', '.cjs', '.mjs', '/index.js'].map((end) => `${target}${end}`);
      const there = found.find((path) => statIfThere(join(directory, path))?.isFile());
      if (there === undefined || seen.has(there)) continue;
      seen.add(there);
      pending.push(there);
    }
  }
  return names;
}
