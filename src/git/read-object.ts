import { createHash } from 'node:crypto';
import { shortCommit } from '../lib/text.ts';
import { NotMeasurableError } from '../model/errors.ts';
import { COMMIT_ID, type GitReader } from '../model/git.ts';

const PARENT = /^parent ([0-9a-f]{40}|[0-9a-f]{64})$/;
/** `MODE TYPE ID\tPATH`: https://git-scm.com/docs/git-ls-tree#_output_format */
const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]{40}|[0-9a-f]{64})\t/;

/**
 * Whether an object is what its id says. Git does not hash loose objects again when it reads them, and the author of a
 * pull request may have put one under a false name into the checkout.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
 */
const hasId = (type: 'commit' | 'blob', content: Buffer, id: string): boolean => {
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`${type} ${content.length}\0`).update(content).digest('hex') === id;
};

export const hasCommit = async (git: GitReader, commit: string): Promise<boolean> =>
  (await git(['cat-file', '-e', `${commit}^{commit}`])) !== null;

/** The commit that a revision names; null where git knows none. */
export const resolveCommit = async (git: GitReader, revision: string): Promise<string | null> =>
  (await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]))?.toString().trim() ||
  null;

/**
 * Parents as the commit itself names them, also where a shallow checkout hides them; null where the commit is not
 * there.
 */
export async function readCommitParents(git: GitReader, commit: string): Promise<string[] | null> {
  if (!COMMIT_ID.test(commit)) return null;
  const content = await git(['cat-file', 'commit', commit]);
  if (content === null || !hasId('commit', content, commit)) return null;
  const [header = ''] = content.toString('latin1').split('\n\n', 1);
  return header.split('\n').flatMap((line) => PARENT.exec(line)?.[1] ?? []);
}

/**
 * Text of a regular file in a commit; null where the commit has none.
 * @param file relative to the repository's top
 * @throws NotMeasurableError where the file is there and cannot be read, is no regular file, or is not what its id says
 */
export async function readBlob(git: GitReader, commit: string, file: string): Promise<string | null> {
  const entry = await findEntry(git, commit, file, file);
  if (entry === null) {
    await refuseHiddenFile(git, commit, file);
    return null;
  }
  const [, mode = '', type, id = ''] = entry;
  if (type !== 'blob' || !mode.startsWith('100')) throw unreadable(file, commit, 'it is not a regular file');
  const content = await git(['cat-file', 'blob', id]);
  if (content === null) throw unreadable(file, commit, 'git cannot read it');
  if (!hasId('blob', content, id)) throw unreadable(file, commit, `its content does not hash to ${id}`);
  return content.toString();
}

const unreadable = (file: string, commit: string, reason: string): NotMeasurableError =>
  new NotMeasurableError(
    `${file} on the base (${shortCommit(commit)}): ${reason}, so nothing can be decided; give actions/checkout fetch-depth: 2 and no filter, and keep ${file} a regular file`,
  );

const findEntry = async (
  git: GitReader,
  commit: string,
  path: string,
  file: string,
): Promise<RegExpExecArray | null> => {
  const listed = await git(['ls-tree', '-z', '--full-tree', commit, '--', path]);
  if (listed === null) throw unreadable(file, commit, 'git cannot list it');
  if (listed.length === 0) return null;
  const entry = ENTRY.exec(listed.toString());
  if (entry === null) throw unreadable(file, commit, 'git lists it in an unknown format');
  return entry;
};

/** A file that is not found may be behind a symbolic link or in a submodule. It does not count as missing then. */
async function refuseHiddenFile(git: GitReader, commit: string, file: string): Promise<void> {
  const parts = file.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const directory = parts.slice(0, depth).join('/');
    const entry = await findEntry(git, commit, directory, file);
    if (entry === null) return;
    if (entry[2] !== 'tree') throw unreadable(file, commit, `${directory} is a link, a file or a submodule there`);
  }
}
