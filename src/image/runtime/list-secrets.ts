import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from '../../lib/read-bounded.ts';
import { isRunner, isSecretName } from './installation.ts';

/** Levels below a directory that are looked through, and the entries at most, those of upper levels first. */
const MAX_LEVELS = 5;
const MAX_ENTRIES = 20_000;
/** Beyond so many, starting a sandbox would take long: every one is a mount. */
const MAX_FOUND = 400;
const MAX_KEY_BYTES = 2 ** 16;

/** What package managers downloaded is public, and by far the most of an installation. */
const OF_PACKAGES = new Set(['node_modules', 'site-packages', 'dist-packages', 'gems', 'testdata']);

/** Paths in a directory that hold passwords and keys by their names, and directories of runners; links are not followed. */
export function listSecrets(dir: string): string[] {
  const found: string[] = [];
  const waiting: [place: string, level: number][] = [[dir, 0]];
  let seen = 0;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [place, level] = next;
    for (const entry of entriesIn(place)) {
      const path = join(place, entry.name);
      seen += 1;
      if (seen > MAX_ENTRIES || found.length >= MAX_FOUND) return found;
      if (isSecret(entry, path)) found.push(path);
      else if (entry.isDirectory() && level < MAX_LEVELS && !OF_PACKAGES.has(entry.name))
        waiting.push([path, level + 1]);
    }
  }
  return found;
}

function isSecret(entry: Dirent, path: string): boolean {
  if (isSecretName(entry.name)) return !entry.isSymbolicLink();
  if (entry.isDirectory()) return isRunner(path);
  if (!entry.isFile()) return false;
  return entry.name === 'credentials' || (/\.(pem|key)$/.test(entry.name) && holdsPrivateKey(path));
}

/** Certificates of authorities have such names too, and programs need them. */
function holdsPrivateKey(path: string): boolean {
  try {
    return /PRIVATE KEY-----/.test(readBounded(path, MAX_KEY_BYTES, path));
  } catch {
    // A bundle of certificates is larger than a key, and what this user cannot read the build cannot either.
    return false;
  }
}

function entriesIn(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}
