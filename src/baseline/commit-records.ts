import type { StoredBaselines } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import type { GitRepository } from '../model/git.ts';
import { listBlobs, readBlobs, readPins } from './branch-tree.ts';
import { mergeFile } from './merge-file.ts';
import { linesByFile, MAX_FILE_BYTES, tooLarge } from './store-files.ts';
import { runKey } from './store-line.ts';

const README = `# Baselines of Isogate

What runs of the default branch measured, one line a run, function and isolation. Written by \`isogate baseline\`; later runs are
compared with it. Do not edit or rewrite this branch: protect it by a ruleset that only the recording job passes.
`;

type Entries = Pick<StoredBaselines, 'records' | 'pins'>;

export interface Committed {
  /** Null where everything was there already. */
  commit: string | null;
  added: number;
  known: number;
}

const textAt = async (run: GitRepository['run'], tip: string | null, path: string): Promise<string> => {
  const [blob] = tip === null ? [] : await listBlobs(run, tip, path);
  if (blob === undefined) return '';
  if (blob.bytes > MAX_FILE_BYTES) throw new BadInputError(`baseline: ${tooLarge(path).message}; move it away`);
  const [file] = await readBlobs(run, [blob]);
  return file?.text ?? '';
};

const pinnedRuns = async (run: GitRepository['run'], tip: string | null, { records, pins }: Entries) => {
  const pinned = new Set(pins.map(runKey));
  const gates = new Set([...records, ...pins].map(({ gate }) => gate));
  if (tip !== null) for (const gate of gates) for (const pin of await readPins(run, tip, gate)) pinned.add(runKey(pin));
  return { pinned, gates };
};

/**
 * Makes a commit with these entries on top of `tip` (null: the branch's first), with plumbing commands and an index of its own.
 * @throws BadInputError where a file of the branch has become too large @throws Error of git's
 */
export const commitRecords = async (
  { dir, run }: GitRepository,
  tip: string | null,
  entries: Entries,
): Promise<Committed> => {
  const env = { GIT_INDEX_FILE: `${dir}/isogate-index` };
  await run(['read-tree', ...(tip === null ? ['--empty'] : [tip])], { env });
  const put = async (path: string, text: string): Promise<void> => {
    const id = (await run(['hash-object', '-w', '--stdin'], { input: text })).toString().trim();
    await run(['update-index', '--add', '--cacheinfo', `100644,${id},${path}`], { env });
  };
  const { pinned, gates } = await pinnedRuns(run, tip, entries);
  const counts = { added: 0, known: 0 };
  for (const [path, lines] of linesByFile(entries)) {
    const { text, added, known } = mergeFile(await textAt(run, tip, path), lines, pinned);
    counts.added += added;
    counts.known += known;
    if (added > 0) await put(path, text);
  }
  if (counts.added === 0) return { commit: null, ...counts };
  if (tip === null) await put('README.md', README);
  const tree = (await run(['write-tree'], { env })).toString().trim();
  const parents = tip === null ? [] : ['-p', tip];
  const message = `${[...gates].join(', ')}: ${counts.added} added\n`;
  const commit = (await run(['commit-tree', tree, ...parents, '-F', '-'], { input: message })).toString().trim();
  return { commit, ...counts };
};
