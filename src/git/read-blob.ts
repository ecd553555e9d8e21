import { createHash } from 'node:crypto';
import { shortCommit } from '../lib/text.ts';
import { NotMeasurableError } from '../model/errors.ts';
import type { GitReader } from '../model/git.ts';

/** `MODE TYPE ID\tPATH`: https://git-scm.com/docs/git-ls-tree#_output_format */
const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]{40}|[0-9a-f]{64})\t/;

const fail = (file: string, commit: string, what: string): NotMeasurableError =>
  new NotMeasurableError(
    `${file} on the base (${shortCommit(commit)}): ${what}, so nothing can decide; give actions/checkout fetch-depth: 2 and no filter, and keep ${file} a regular file`,
  );

const entryOf = async (git: GitReader, commit: string, path: string, file: string): Promise<RegExpExecArray | null> => {
  const listed = await git(['ls-tree', '-z', '--full-tree', commit, '--', path]);
  if (listed === null) throw fail(file, commit, 'git cannot list it');
  if (listed.length === 0) return null;
  const entry = ENTRY.exec(listed.toString());
  if (entry === null) throw fail(file, commit, 'git lists it in a way that is not understood');
  return entry;
};

/** What is not found may stand behind a link or in a submodule: that is no missing file. */
async function refuseHidden(git: GitReader, commit: string, file: string): Promise<void> {
  const parts = file.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const directory = parts.slice(0, depth).join('/');
    const entry = await entryOf(git, commit, directory, file);
    if (entry === null) return;
    if (entry[2] !== 'tree') throw fail(file, commit, `${directory} is a link, a file or a submodule there`);
  }
}

/**
 * Text of a regular file in a commit; null where the commit has none. Git does not hash loose objects again when it
 * reads them, so this does: what is returned is what the commit's tree names.
 * @param file relative to the repository's top
 * @throws NotMeasurableError where it is there and cannot be read, or is no regular file
 */
export async function readBlob(git: GitReader, commit: string, file: string): Promise<string | null> {
  const entry = await entryOf(git, commit, file, file);
  if (entry === null) {
    await refuseHidden(git, commit, file);
    return null;
  }
  const [, mode = '', type, id = ''] = entry;
  if (type !== 'blob' || !mode.startsWith('100')) throw fail(file, commit, 'it is not a regular file');
  const content = await git(['cat-file', 'blob', id]);
  if (content === null) throw fail(file, commit, 'git cannot read it');
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1');
  // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
  if (hash.update(`blob ${content.length}\0`).update(content).digest('hex') !== id) {
    throw fail(file, commit, `its content does not hash to ${id}`);
  }
  return content.toString();
}
