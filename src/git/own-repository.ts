import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { GitError } from '../model/errors.ts';
import type { GitRemote, GitRepository } from '../model/git.ts';

/** Longest fetch or push. */
const TIMEOUT_MS = 180_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE = 600;

/**
 * Git reads this besides the user's own configuration, which may hold a proxy or a login. The checkout may belong to
 * another user, and its upload-pack would then refuse to serve root. Commits are asked for by their ids.
 */
const GLOBAL_CONFIG = `[include]
	path = ~/.gitconfig
	path = ~/.config/git/config
[safe]
	directory = *
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[core]
	hooksPath = /dev/null
	attributesFile = /dev/null
	fsmonitor = false
[submodule]
	recurse = false
[gc]
	auto = 0
[maintenance]
	auto = false
[fetch]
	writeCommitGraph = false
`;

/** Sends the login only to that host, and passes it through git's environment, because everybody can see argv. */
const authorize = ({ url, authorization }: GitRemote): Record<string, string> => {
  if (authorization === undefined || !/^https?:/.test(url)) return {};
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${authorization}`,
  };
};

const IDENTITY = { name: 'isogate', email: 'isogate@localhost' };

/**
 * Makes a bare repository in `dir`, which must not exist. Git hashes objects again when it fetches them, so that no
 * object under a false name gets here from the checkout.
 * @param remote only for its login; commands name what they fetch from
 */
export async function openOwnRepository(
  dir: string,
  remote: GitRemote | null,
  signal?: AbortSignal,
): Promise<GitRepository> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const config = join(dir, 'isogate-gitconfig');
  await writeFile(config, GLOBAL_CONFIG);
  const kept = [
    'PATH',
    'HOME',
    'SSH_AUTH_SOCK',
    'GIT_SSL_CAINFO',
    'HTTPS_PROXY',
    'https_proxy',
    'NO_PROXY',
    'no_proxy',
  ];
  const env = {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: config,
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: process.env['GIT_SSH_COMMAND'] ?? 'ssh -oBatchMode=yes',
    // The checkout may be a partial clone, which would ask its remote for what it lacks, with the remote's settings.
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_AUTHOR_NAME: IDENTITY.name,
    GIT_AUTHOR_EMAIL: IDENTITY.email,
    GIT_COMMITTER_NAME: IDENTITY.name,
    GIT_COMMITTER_EMAIL: IDENTITY.email,
    ...(remote && authorize(remote)),
  };
  const run: GitRepository['run'] = async (args, options = {}) => {
    const result = await execa('git', [`--git-dir=${dir}`, ...args], {
      cwd: dir,
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'buffer',
      stripFinalNewline: false,
      extendEnv: false,
      env: { ...env, ...options.env },
      ...(signal && { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (result.exitCode === 0 && !result.isMaxBuffer) return Buffer.from(result.stdout);
    throw new GitError(`git ${args[0]}: ${explain(result)}`);
  };
  await run(['init', '--quiet', '--bare', dir]);
  return { dir, run };
}

function explain(result: { stderr: Uint8Array; timedOut: boolean; isMaxBuffer: boolean; exitCode?: number }): string {
  if (result.timedOut) return `no answer within ${TIMEOUT_MS / 1000} s`;
  if (result.isMaxBuffer) return `more output than ${MAX_OUTPUT_BYTES} bytes`;
  const text = Buffer.from(result.stderr).toString().replaceAll(/\s+/g, ' ').trim();
  return text === '' ? `exit code ${result.exitCode}` : text.slice(0, MAX_MESSAGE);
}
