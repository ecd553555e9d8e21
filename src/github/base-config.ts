import type { Warning } from '../types.ts';
import { configChanges } from './config-changes.ts';
import type { Git } from './git.ts';
import type { EventContext } from './read-event.ts';

export interface DecidingConfig {
  /** The base revision's isogate.yml; null where the file in the checkout decides. */
  text: string | null;
  warnings: Warning[];
}

const hasCommit = async (git: Git, commit: string): Promise<boolean> =>
  (await git(['cat-file', '-e', `${commit}^{commit}`])) !== null;

const resolve = async (git: Git, commit: string): Promise<string | null> =>
  (await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`]))?.trim() ?? null;

/**
 * The base's commit in this checkout. A shallow one of depth 2 holds it as the first parent of GitHub's merge commit,
 * which is trusted as such only where the event names it and its second parent is the pull request's head.
 */
async function findBase(git: Git, { sha, pullRequest }: EventContext): Promise<string | null> {
  if (pullRequest === null) return null;
  if (await hasCommit(git, pullRequest.baseSha)) return pullRequest.baseSha;
  if (!/^[0-9a-f]{40,64}$/.test(sha) || (await resolve(git, `${sha}^2`)) !== pullRequest.headSha) return null;
  return resolve(git, `${sha}^1`);
}

/**
 * Which configuration decides: a pull request's own could raise its budgets, so the base's does, and what the pull
 * request changes in it is shown. Never silent where the base's cannot be had.
 * @param file path of isogate.yml relative to the directory that `git` runs in
 */
export async function readDecidingConfig(
  git: Git,
  context: EventContext,
  file: string,
  headText: string | null,
): Promise<DecidingConfig> {
  if (context.pullRequest === null) return { text: null, warnings: [] };
  const base = await findBase(git, context);
  if (base === null) {
    const message = `the base commit ${context.pullRequest.baseSha} is not in this checkout, so the pull request’s own ${file} decided; give actions/checkout fetch-depth: 2`;
    return { text: null, warnings: [{ code: 'config-from-head', message }] };
  }
  const text = await git(['cat-file', 'blob', `${base}:./${file}`]);
  if (text === null) {
    const message = `${file} is not on the base (${base.slice(0, 12)}) yet, so the pull request’s own decided`;
    return { text: null, warnings: [{ code: 'config-new', message }] };
  }
  return { text, warnings: text === headText ? [] : [changed(file, configChanges(text, headText))] };
}

const changed = (file: string, changes: string[]): Warning => ({
  code: 'config-changed',
  message: `this pull request changes ${file}; the base’s version decided. ${changes.join('; ')}`,
});
