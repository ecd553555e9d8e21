import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRunner } from '../runtime/installation.ts';

/**
 * Tool chains live in /opt. Self-hosted runners do too, with their credentials and workspaces, so those stay hidden.
 */
export function listOpt(opt = '/opt'): string[] {
  if (!existsSync(opt)) return [];
  const isHidden = (dir: string) => isRunner(dir) || `${process.cwd()}/`.startsWith(`${dir}/`);
  return directoriesIn(opt)
    .filter((dir) => !isHidden(dir))
    .flatMap((dir) => {
      // Several runners of one machine often lie side by side.
      const inside = directoriesIn(dir);
      return inside.some(isHidden) ? inside.filter((one) => !isHidden(one)) : [dir];
    });
}

function directoriesIn(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
}
