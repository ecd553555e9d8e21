import { readBounded } from '../lib/read-bounded.ts';
import { messageOf } from '../model/errors.ts';
import { type Report, show } from './problems.ts';
import type { FunctionDocument } from './schema-function.ts';
import { type ConfigPaths, isInside, realPath } from './workspace.ts';

const MAX_BYTES = 64 * 1024;

/** Patterns of a file such as .gitignore, without its comments and empty lines; null with a report where it cannot be read. */
const readPatterns = (file: string, { directory, workspace }: ConfigPaths, report: Report): string[] | null => {
  const real = realPath(directory, file);
  if (real === null || !isInside(workspace, real)) {
    report(['exclude_from'], `${show(file)}: leads outside the workspace ${workspace}; accepted: a file inside it`);
    return null;
  }
  try {
    const lines = readBounded(real, MAX_BYTES, show(file)).split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch (error) {
    report(['exclude_from'], messageOf(error));
    return null;
  }
};

/** What is left out of the image over the default patterns: those of the file first, so that those of the list count more. */
export const resolveExclude = (
  { exclude, exclude_from: file }: Pick<FunctionDocument, 'exclude' | 'exclude_from'>,
  paths: ConfigPaths | null,
  report: Report,
): string[] => [...((file !== undefined && paths && readPatterns(file, paths, report)) || []), ...exclude];
