import { lstatSync, type Stats, statSync } from 'node:fs';
import * as v from 'valibot';
import { readBounded } from '../lib/read-bounded.ts';
import { BadInputError } from '../model/errors.ts';
import { closed, list, matching } from './leaf.ts';
import { parseYaml } from './parse-yaml.ts';
import { listProblems, problemsError, type Report, show } from './problems.ts';
import { type ConfigPaths, isInside, realPath } from './workspace.ts';

const ALLOW_FILE = '/etc/isogate/allow.yml';
const MAX_BYTES = 64 * 1024;

const PATH_FORMS = 'an absolute path, such as /opt/isogate/vmlinux';
const allowSchema = closed({
  paths: list(matching(/^\/[ -~\u00a0-\uffff]{0,4095}$/, PATH_FORMS), 0, 1000, 'a list of absolute paths'),
});

/**
 * Paths outside the workspace that the machine's owner lets configurations name; an entry covers what lies below it.
 * Empty where there is no such file.
 * @throws BadInputError where somebody else than root could have written the file, or it is malformed
 */
export const readAllowedPaths = (file: string = ALLOW_FILE): string[] => {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.uid !== 0 || (stat.mode & 0o022) !== 0 || !stat.isFile()) {
    throw new BadInputError(
      `${file}: must be a file that belongs to root and that nobody else can write; run: chown root ${file}; chmod go-w ${file}`,
    );
  }
  const { value, lines } = parseYaml(readBounded(file, MAX_BYTES, file), file);
  const parsed = v.safeParse(allowSchema, value);
  if (parsed.success) return parsed.output.paths;
  throw problemsError(listProblems(parsed.issues), file, lines);
};

type Kind = 'file' | 'directory';

const KINDS: Record<Kind, (stat: Stats) => boolean> = {
  file: (stat) => stat.isFile(),
  directory: (stat) => stat.isDirectory(),
};

/** A path that, after all links, may lie inside the workspace or where the machine's owner allows it; absolute. */
export const resolveAllowedPath = (
  key: string,
  path: string,
  kinds: readonly Kind[],
  paths: ConfigPaths,
  report: Report,
): string => {
  const real = realPath(paths.directory, path);
  if (real === null) {
    report([key], `${show(path)}: a symbolic link that leads nowhere`);
    return path;
  }
  const roots = () => paths.allowed().flatMap((root) => realPath('/', root) ?? []);
  const stat = statSync(real, { throwIfNoEntry: false });
  if (!isInside(paths.workspace, real) && !roots().some((root) => isInside(root, real))) {
    report(
      [key],
      `${show(path)}: leads to ${real}, outside the workspace; accepted: a path inside it, or one that ${ALLOW_FILE} lists`,
    );
  } else if (!stat || !kinds.some((kind) => KINDS[kind](stat))) {
    report([key], `${show(path)}: no such ${kinds.join(' or ')}`);
  }
  return real;
};
