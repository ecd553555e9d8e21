import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { parseDuration } from './config/parse-quantity.ts';
import { isInside, realPath } from './config/workspace.ts';
import { BadInputError, messageOf } from './errors.ts';
import { isBranchStore } from './open-store.ts';

const COMMENT_MODES = ['always', 'on-fail', 'never'] as const;
const MODES = ['gate', 'baseline'] as const;

export interface ActionInputs {
  mode: (typeof MODES)[number];
  /** GITHUB_WORKSPACE without links: the top of the repository that is checked out. */
  workspace: string;
  /** Absolute, inside the workspace, without links. */
  workingDirectory: string;
  /** Relative to the working directory; inside the workspace. */
  config: string;
  /** Absolute, inside the workspace or RUNNER_TEMP, without links. */
  outDir: string;
  /** `git`, `git:BRANCH`, or an absolute directory. */
  baseline: string | null;
  timeBudgetMs: number | null;
  comment: (typeof COMMENT_MODES)[number];
}

/**
 * The Action's inputs, checked before anything starts. Budgets and isolations are none of them: a pull request could
 * change those with the workflow.
 * @throws BadInputError one line naming input, value and what is accepted
 */
export function readInputs(input: (name: string) => string, env: NodeJS.ProcessEnv): ActionInputs {
  const workspace = workspaceOf(env);
  const workingDirectory = placeOf('working-directory', input('working-directory') || '.', workspace.real, [workspace]);
  requireDirectory('working-directory', workingDirectory);
  const temp = env['RUNNER_TEMP'] ? [rootAt('RUNNER_TEMP', env['RUNNER_TEMP'])] : [];
  const baseline = input('baseline');
  return {
    mode: readWord('mode', input('mode') || 'gate', MODES),
    workspace: workspace.real,
    workingDirectory,
    config: readConfigPath(input('config') || 'isogate.yml', workspace.real, workingDirectory),
    outDir: placeOf('out', input('out') || 'isogate-out', workingDirectory, [workspace, ...temp]),
    baseline: baseline === '' || isBranchStore(baseline) ? baseline || null : resolve(workingDirectory, baseline),
    timeBudgetMs: readTimeBudget(input('time-budget')),
    comment: readWord('comment', input('comment') || 'always', COMMENT_MODES),
  };
}

const bad = (name: string, value: string, accepted: string): BadInputError =>
  new BadInputError(`input ${name}: ${JSON.stringify(value)}; accepted: ${accepted}`);

/** A directory of the runner's: as it names it, and without links. */
interface Root {
  name: string;
  given: string;
  real: string;
}

function rootAt(name: string, given: string): Root {
  requireDirectory(name, given);
  return { name, given: resolve(given), real: realpathSync(given) };
}

const workspaceOf = (env: NodeJS.ProcessEnv): Root => ({
  ...rootAt('GITHUB_WORKSPACE', env['GITHUB_WORKSPACE'] || process.cwd()),
  name: 'the workspace',
});

function requireDirectory(name: string, path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (error) {
    throw new BadInputError(`input ${name}: ${path}: ${messageOf(error)}; accepted: an existing directory`);
  }
  throw bad(name, path, 'a directory, not a file');
}

/**
 * Absolute path below one of `roots`, none of its parts below the root a link: a pull request can commit links, and what
 * is read and written there is to be where the workflow says.
 */
function placeOf(name: string, value: string, base: string, roots: Root[]): string {
  const path = resolve(base, value);
  const below = roots.flatMap(({ given, real }) =>
    [given, real].filter((root) => isInside(root, path)).map((root) => join(real, relative(root, path))),
  );
  const [place] = value.includes('\0') ? [] : below;
  if (place === undefined) {
    throw bad(name, value, `a directory inside ${roots.map((root) => `${root.name} ${root.real}`).join(' or ')}`);
  }
  if (realPath(place, '.') !== place) throw bad(name, value, 'a path of which no part is a symbolic link');
  return place;
}

/** The base's copy is looked up in git by this path, so that it cannot leave the repository. */
function readConfigPath(value: string, workspace: string, directory: string): string {
  const path = resolve(directory, value);
  if (isAbsolute(value) || value.includes('\0') || !isInside(workspace, path)) {
    throw bad('config', value, 'a path inside the workspace, relative to working-directory');
  }
  return relative(directory, path);
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

function readWord<const T extends string>(name: string, value: string, accepted: readonly T[]): T {
  const word = accepted.find((one) => one === value);
  if (word === undefined) throw bad(name, value, accepted.join(', '));
  return word;
}
