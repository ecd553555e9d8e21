import { type Stats, statSync } from 'node:fs';
import { ALLOW_FILE } from './allowed-paths.ts';
import type { Report } from './problem.ts';
import { show } from './show.ts';
import { isInside, type Place, realPath } from './workspace.ts';

type Kind = 'file' | 'directory';

const KINDS: Record<Kind, (stat: Stats) => boolean> = {
  file: (stat) => stat.isFile(),
  directory: (stat) => stat.isDirectory(),
};

/** A path that may lie inside the workspace or where the machine's owner allows it, after all links; absolute. */
export const allowedPath = (
  key: string,
  path: string,
  kinds: readonly Kind[],
  place: Place,
  allowed: () => string[],
  report: Report,
): string => {
  const real = realPath(place.base, path);
  if (real === null) {
    report([key], `${show(path)}: a symbolic link that leads nowhere`);
    return path;
  }
  const roots = () => allowed().flatMap((root) => realPath('/', root) ?? []);
  const stat = statSync(real, { throwIfNoEntry: false });
  if (!isInside(place.root, real) && !roots().some((root) => isInside(root, real))) {
    report(
      [key],
      `${show(path)}: leads to ${real}, outside the workspace; accepted: a path inside it, or one that ${ALLOW_FILE} lists`,
    );
  } else if (!stat || !kinds.some((kind) => KINDS[kind](stat))) {
    report([key], `${show(path)}: no such ${kinds.join(' or ')}`);
  }
  return real;
};
