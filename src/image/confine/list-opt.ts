import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isRunner } from '../runtime/installation.ts';

/** How far below /opt runners and the workspace are looked for, and in how many directories. */
const MAX_LEVELS = 10;
const MAX_DIRECTORIES = 20_000;
/** What package managers downloaded, by far the most of an installation. */
const OF_PACKAGES = new Set(['node_modules', 'site-packages', 'dist-packages', 'gems']);

/**
 * Tool chains live in /opt. Self-hosted runners do too, with their credentials and workspaces, so those stay hidden, at
 * whatever depth: of a directory that holds one, only what lies beside it is shown.
 */
export function listOpt(opt = '/opt'): string[] {
  if (!existsSync(opt)) return [];
  const hidden = findHidden(opt);
  const show = (dir: string): string[] => {
    if (hidden.includes(dir)) return [];
    return hidden.some((one) => one.startsWith(`${dir}/`)) ? directoriesIn(dir).flatMap(show) : [dir];
  };
  return directoriesIn(opt).flatMap(show);
}

/** Those of upper levels first, so that a large installation does not keep others from being found. */
function findHidden(opt: string): string[] {
  const found: string[] = [];
  const waiting: [dir: string, level: number][] = [[opt, 0]];
  for (let seen = 0, next = waiting.shift(); next && seen < MAX_DIRECTORIES; next = waiting.shift(), seen++) {
    const [dir, level] = next;
    for (const one of directoriesIn(dir)) {
      if (isRunner(one) || one === process.cwd()) found.push(one);
      else if (level < MAX_LEVELS && !OF_PACKAGES.has(basename(one))) waiting.push([one, level + 1]);
    }
  }
  return found;
}

function directoriesIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
  } catch {
    return [];
  }
}
