import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseDuration } from './config/parse-quantity.ts';
import { BadInputError, messageOf } from './errors.ts';

const COMMENT_MODES = ['always', 'on-fail', 'never'] as const;

export interface ActionInputs {
  /** Absolute, inside the workspace. */
  workingDirectory: string;
  /** Relative to the working directory, without `..`. */
  config: string;
  outDir: string;
  baselineDir: string | null;
  timeBudgetMs: number | null;
  comment: (typeof COMMENT_MODES)[number];
}

/**
 * The Action's inputs, checked before anything starts. Budgets and isolations are none of them: a pull request could
 * change those with the workflow.
 * @throws BadInputError one line naming input, value and what is accepted
 */
export function readInputs(input: (name: string) => string, env: NodeJS.ProcessEnv): ActionInputs {
  const workspace = realDirectory('GITHUB_WORKSPACE', env['GITHUB_WORKSPACE'] || process.cwd());
  const workingDirectory = realDirectory('working-directory', resolve(workspace, input('working-directory') || '.'));
  if (!isInside(workspace, workingDirectory)) {
    throw bad('working-directory', input('working-directory'), `a directory inside the workspace ${workspace}`);
  }
  const baseline = input('baseline');
  return {
    workingDirectory,
    config: readConfigPath(input('config') || 'isogate.yml', workspace, workingDirectory),
    outDir: resolve(workingDirectory, input('out') || 'isogate-out'),
    baselineDir: baseline === '' ? null : resolve(workingDirectory, baseline),
    timeBudgetMs: readTimeBudget(input('time-budget')),
    comment: readCommentMode(input('comment') || 'always'),
  };
}

const bad = (name: string, value: string, accepted: string): BadInputError =>
  new BadInputError(`input ${name}: ${JSON.stringify(value)}; accepted: ${accepted}`);

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

function realDirectory(name: string, path: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw new BadInputError(`input ${name}: ${path}: ${messageOf(error)}; accepted: an existing directory`);
  }
  throw bad(name, path, 'a directory, not a file');
}

/** The base's copy is looked up in git by this path, so that it cannot leave the repository. */
function readConfigPath(value: string, workspace: string, directory: string): string {
  const path = resolve(directory, value);
  if (isAbsolute(value) || value.includes('\0') || !isInside(workspace, path)) {
    throw bad('config', value, 'a path inside the workspace, relative to working-directory');
  }
  return relative(directory, join(path));
}

function readTimeBudget(value: string): number | null {
  if (value === '') return null;
  try {
    const ms = parseDuration(value);
    if (ms > 0) return ms;
  } catch {
    // Told below, with the input's name.
  }
  throw bad('time-budget', value, 'a duration above zero such as 20m, 90s or 1h, or nothing');
}

function readCommentMode(value: string): ActionInputs['comment'] {
  const mode = COMMENT_MODES.find((one) => one === value);
  if (mode === undefined) throw bad('comment', value, COMMENT_MODES.join(', '));
  return mode;
}
