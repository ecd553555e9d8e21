import { readBlob } from '../git/read-blob.ts';
import type { EventContext } from '../github/read-event.ts';
import { shortCommit } from '../lib/text.ts';
import { NotMeasurableError } from '../model/errors.ts';
import type { GitReader } from '../model/git.ts';
import type { Warning } from '../model/warnings.ts';
import { configChanges } from './config-changes.ts';

export interface DecidingConfig {
  /** The base revision's isogate.yml; null where the file in the checkout decides. */
  text: string | null;
  /** The base's commit; null where there is none. */
  base: string | null;
  /** False: the base has no configuration yet, so the run shows what would be decided and decides nothing. */
  enforced: boolean;
  warnings: Warning[];
}

const hasCommit = async (git: GitReader, commit: string): Promise<boolean> =>
  (await git(['cat-file', '-e', `${commit}^{commit}`])) !== null;

const resolve = async (git: GitReader, commit: string): Promise<string | null> =>
  (await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`]))?.toString().trim() ??
  null;

/**
 * The base's commit in this checkout. A shallow one of depth 2 holds it as the first parent of GitHub's merge commit,
 * which is trusted as such only where the event names it and its second parent is the pull request's head.
 */
async function findBase(git: GitReader, { sha, change }: EventContext): Promise<string | null> {
  if (change === null) return null;
  if (await hasCommit(git, change.baseSha)) return change.baseSha;
  if (!/^[0-9a-f]{40,64}$/.test(sha) || (await resolve(git, `${sha}^2`)) !== change.headSha) return null;
  return resolve(git, `${sha}^1`);
}

/**
 * Which configuration decides: a pull request's own could raise its budgets, so the base's does, and what the pull
 * request changes in it is shown. The pull request's own never decides.
 * @param file path of isogate.yml relative to the repository's top
 * @throws NotMeasurableError where the base cannot be read
 */
export async function readDecidingConfig(
  git: GitReader,
  context: EventContext,
  file: string,
  headText: string | null,
): Promise<DecidingConfig> {
  if (context.change === null) return { base: null, text: null, enforced: true, warnings: [] };
  const base = await findBase(git, context);
  if (base === null) {
    throw new NotMeasurableError(
      `the base commit ${context.change.baseSha} is not in this checkout and could not be fetched, and a pull request’s own ${file} does not decide; give the job \`permissions: contents: read\`, or check out into GITHUB_WORKSPACE itself, with fetch-depth: 2 for actions/checkout`,
    );
  }
  const text = await readBlob(git, base, file);
  if (text === null) {
    const message = `${file} is not on the base (${shortCommit(base)}) yet: nothing is enforced, the verdict shows what this pull request’s own would decide`;
    return { base, text: null, enforced: false, warnings: [{ code: 'config-new', message }] };
  }
  const warnings = text === headText ? [] : [changed(file, configChanges(text, headText))];
  return { base, text, enforced: true, warnings };
}

const changed = (file: string, changes: string[]): Warning => ({
  code: 'config-changed',
  message: `this pull request changes ${file}; the base’s version decided. ${changes.join('; ')}`,
});
