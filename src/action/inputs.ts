import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { isBranchStore } from '../baseline/open-store.ts';
import { GATE_NAME, GATE_NAME_FORMS } from '../config/gate-name.ts';
import { parseDuration } from '../config/parse-quantity.ts';
import { isInside, realPath } from '../config/workspace.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { COMMIT_ID } from '../model/git.ts';

const COMMENT_MODES = ['always', 'on-change', 'on-fail', 'never'] as const;
const MODES = ['gate', 'measure', 'publish', 'merge', 'baseline'] as const;
const FORK_MODES = ['refuse', 'measure'] as const;
/** https://github.com/actions/upload-artifact names what it refuses. */
const ARTIFACT = /^[^"\\/:<>|*?\p{C}]{1,200}$/u;
const WORKFLOW = /^\.github\/workflows\/[\w.-]{1,200}\.ya?ml$/;

export interface ActionInputs {
  mode: (typeof MODES)[number];
  /** GITHUB_WORKSPACE without links; once the checkout in it is found, the top of that. */
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
  /** Name of the gate in check and comment; null: that of the configuration. */
  name: string | null;
  /** Only these functions; null for all. */
  functions: string[] | null;
  /** Name of what the workflow uploads `out` as. */
  artifact: string;
  /** Path of the workflow that measures; given in mode publish. */
  workflow: string | null;
  forks: (typeof FORK_MODES)[number];
  /** What somebody with permission to start workflows has read and approved. */
  approved: { number: number; headSha: string } | null;
}

/**
 * The Action's inputs, checked before anything starts. Budgets and isolations are not among them, because a pull request
 * could change those together with the workflow.
 * @throws BadInputError one line naming input, value and what is accepted
 */
export function readInputs(input: (name: string) => string, env: NodeJS.ProcessEnv): ActionInputs {
  const workspace = openRoot('the workspace', 'GITHUB_WORKSPACE', env['GITHUB_WORKSPACE'] || process.cwd());
  const workingDirectory = readPlace('working-directory', input('working-directory') || '.', workspace.real, [
    workspace,
  ]);
  requireDirectory('working-directory', workingDirectory);
  const temp = env['RUNNER_TEMP'] ? [openRoot('RUNNER_TEMP', 'RUNNER_TEMP', env['RUNNER_TEMP'])] : [];
  const baseline = input('baseline');
  const inputs: ActionInputs = {
    mode: readWord('mode', input('mode') || 'gate', MODES),
    workspace: workspace.real,
    workingDirectory,
    config: readConfigPath(input('config') || 'isogate.yml', workspace.real, workingDirectory),
    outDir: readPlace('out', input('out') || 'isogate-out', workingDirectory, [workspace, ...temp]),
    baseline: baseline === '' || isBranchStore(baseline) ? baseline || null : resolve(workingDirectory, baseline),
    timeBudgetMs: readTimeBudget(input('time-budget')),
    comment: readWord('comment', input('comment') || 'always', COMMENT_MODES),
    name: match('name', input('name'), GATE_NAME, `${GATE_NAME_FORMS}, or nothing`),
    functions: readNames(input('functions')),
    artifact: match('artifact', input('artifact'), ARTIFACT, 'a name as actions/upload-artifact takes it') ?? 'isogate',
    workflow: match('workflow', input('workflow'), WORKFLOW, 'a path such as .github/workflows/isogate.yml'),
    forks: readWord('forks', input('forks') || 'refuse', FORK_MODES),
    approved: readApproved(input('pull-request'), input('head-sha')),
  };
  const { mode, forks, workflow, functions } = inputs;
  if (forks === 'measure' && mode !== 'measure')
    throw bad('forks', forks, `refuse, since mode ${mode} has a token that may write; measure only in mode measure`);
  const example = 'the path of the workflow that measures, such as .github/workflows/isogate.yml';
  if (mode === 'publish' && workflow === null) throw bad('workflow', '', `in mode publish ${example}`);
  // A run of some functions would otherwise look as green as a run of all.
  const onlyMeasure = `nothing in mode ${mode}; only mode measure takes a part, and mode merge decides on all`;
  if (functions !== null && mode !== 'measure') throw bad('functions', input('functions'), onlyMeasure);
  return inputs;
}

/** Null where the input is empty. */
function match(name: string, value: string, pattern: RegExp, accepted: string): string | null {
  if (value === '') return null;
  if (pattern.test(value)) return value;
  throw bad(name, value, accepted);
}

/** Names with commas or line breaks between them; null where there is none. */
function readNames(value: string): string[] | null {
  const names = value.split(/[,\n]/).map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? null : given;
}

function readApproved(number: string, headSha: string): ActionInputs['approved'] {
  if (number === '' && headSha === '') return null;
  if (!/^[1-9]\d{0,9}$/.test(number)) throw bad('pull-request', number, 'the number of a pull request, with head-sha');
  if (!COMMIT_ID.test(headSha))
    throw bad('head-sha', headSha, 'with pull-request, all 40 digits of the commit that was read and approved');
  return { number: Number(number), headSha };
}

const bad = (name: string, value: string, accepted: string): BadInputError =>
  new BadInputError(`input ${name}: ${JSON.stringify(value)}; accepted: ${accepted}`);

/** A directory of the runner: as the runner gives it, and without links. */
interface Root {
  name: string;
  given: string;
  real: string;
}

function openRoot(name: string, variable: string, given: string): Root {
  requireDirectory(variable, given);
  return { name, given: resolve(given), real: realpathSync(given) };
}

function requireDirectory(name: string, path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (error) {
    throw new BadInputError(`input ${name}: ${path}: ${messageOf(error)}; accepted: an existing directory`);
  }
  throw bad(name, path, 'a directory, not a file');
}

/**
 * An absolute path below one of `roots`. No part of it below the root is a link, because a pull request can commit links,
 * which would lead reads and writes to other places than the workflow says.
 */
function readPlace(name: string, value: string, base: string, roots: Root[]): string {
  const path = resolve(base, value);
  const below = roots.flatMap(({ given, real }) =>
    [given, real].filter((root) => isInside(root, path)).map((root) => join(real, relative(root, path))),
  );
  const [place] = value.includes('\0') ? [] : below;
  if (place === undefined)
    throw bad(name, value, `a directory inside ${roots.map((root) => `${root.name} ${root.real}`).join(' or ')}`);
  if (realPath(place, '.') !== place) throw bad(name, value, 'a path of which no part is a symbolic link');
  return place;
}

/** Inside the workspace, because the base's copy is looked up in git by this path. */
function readConfigPath(value: string, workspace: string, directory: string): string {
  const path = resolve(directory, value);
  if (isAbsolute(value) || value.includes('\0') || !isInside(workspace, path))
    throw bad('config', value, 'a path inside the workspace, relative to working-directory');
  return relative(directory, path);
}

function readTimeBudget(value: string): number | null {
  if (value === '') return null;
  try {
    const ms = parseDuration(value);
    if (ms > 0) return ms;
  } catch {
    // The error below names the input.
  }
  throw bad('time-budget', value, 'a duration above zero such as 20m, 90s or 1h, or nothing');
}

function readWord<const T extends string>(name: string, value: string, accepted: readonly T[]): T {
  const word = accepted.find((one) => one === value);
  if (word === undefined) throw bad(name, value, accepted.join(', '));
  return word;
}
