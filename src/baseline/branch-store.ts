import { setTimeout } from 'node:timers/promises';
import { BadInputError, messageOf } from '../errors.ts';
import type { BaselineStore, GitRemote, GitRepository, StoredBaselines } from '../types.ts';
import { mergeFile, pinKey } from './merge-file.ts';
import { parseFile } from './parse-file.ts';
import { listBlobs, readBlobs } from './read-tree.ts';
import { gateDirectory, linesByFile, PINS } from './store-files.ts';
import { MAX_FILE_BYTES, MAX_FILES, tooLarge, tooMany, unreadLines } from './store-limits.ts';

/** How long a writer goes on against others. */
const PATIENCE_MS = 120_000;
const LONGEST_PAUSE_MS = 2000;

const README = `# Baselines of Isogate

What runs of the default branch measured, one line a run, function and isolation. Written by \`isogate baseline\`; later runs are
compared with it. Do not edit or rewrite this branch: protect it by a ruleset that only the recording job passes.
`;

/** By git's own words: somebody else was faster. */
const isRace = (message: string): boolean =>
  /non-fast-forward|fetch first|cannot lock ref|failed to update ref|reference already exists|incorrect old value/i.test(
    message,
  );

export interface BranchStoreOptions {
  repository: GitRepository;
  remote: GitRemote;
  branch: string;
  /** What people call the remote. */
  remoteName: string;
}

/**
 * JSON Lines on a branch of its own, written by plumbing in a repository of our own: no work tree, index or ref of anybody
 * else is touched. A push that comes too late is made anew on what the other writer left.
 */
export const openBranchStore = ({ repository, remote, branch, remoteName }: BranchStoreOptions): BaselineStore => {
  const { run } = repository;
  const ref = `refs/heads/${branch}`;
  const place = `the branch ${branch} of ${remoteName}`;

  /** Null where the branch is not there (yet). */
  const fetchTip = async (): Promise<string | null> => {
    const listed = (await run(['ls-remote', '--', remote.url, ref])).toString();
    const [tip] = listed.split('\t');
    if (listed.trim() === '' || tip === undefined) return null;
    await run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', '--', remote.url, tip]);
    return tip;
  };

  const readGate = async (tip: string, gate: string): Promise<StoredBaselines> => {
    const found: StoredBaselines = { records: [], pins: [], warnings: [] };
    const blobs = await listBlobs(run, tip, gateDirectory(gate));
    if (blobs.length > MAX_FILES) found.warnings.push(tooMany(blobs.length));
    const fitting = blobs.slice(0, MAX_FILES).filter(({ path, bytes }) => {
      if (bytes > MAX_FILE_BYTES) found.warnings.push(tooLarge(path));
      return bytes <= MAX_FILE_BYTES;
    });
    for (const { path, text } of await readBlobs(run, fitting)) {
      const { records, pins, skipped } = parseFile(text, gate);
      found.records.push(...records);
      found.pins.push(...pins);
      if (skipped > 0) found.warnings.push(unreadLines(path, skipped));
    }
    return found;
  };

  const commitOn = async (tip: string | null, entries: Parameters<BaselineStore['append']>[0]) => {
    const index = { GIT_INDEX_FILE: `${repository.dir}/isogate-index` };
    await run(['read-tree', ...(tip === null ? ['--empty'] : [tip])], { env: index });
    const pinned = new Set(entries.pins.map(pinKey));
    const gates = new Set([...entries.records, ...entries.pins].map(({ gate }) => gate));
    if (tip !== null) for (const gate of gates) for (const pin of await pinsOf(tip, gate)) pinned.add(pinKey(pin));
    const counts = { added: 0, known: 0 };
    const put = async (path: string, text: string): Promise<void> => {
      const id = (await run(['hash-object', '-w', '--stdin'], { input: text })).toString().trim();
      await run(['update-index', '--add', '--cacheinfo', `100644,${id},${path}`], { env: index });
    };
    for (const [path, lines] of linesByFile(entries)) {
      const [blob] = tip === null ? [] : await listBlobs(run, tip, path);
      if (blob && blob.bytes > MAX_FILE_BYTES) throw new BadInputError(`baseline: ${tooLarge(path).message}`);
      const [there] = blob ? await readBlobs(run, [blob]) : [];
      const merged = mergeFile(there?.text ?? '', lines, pinned);
      counts.added += merged.added;
      counts.known += merged.known;
      if (merged.added > 0) await put(path, merged.text);
    }
    if (counts.added === 0) return { counts, commit: null };
    if (tip === null) await put('README.md', README);
    const tree = (await run(['write-tree'], { env: index })).toString().trim();
    const parents = tip === null ? [] : ['-p', tip];
    const message = `${[...gates].join(', ')}: ${counts.added} added\n`;
    const commit = (await run(['commit-tree', tree, ...parents, '-F', '-'], { input: message })).toString().trim();
    return { counts, commit };
  };

  const pinsOf = async (tip: string, gate: string) => {
    const blobs = await listBlobs(run, tip, `${gateDirectory(gate)}/${PINS}`);
    const [file] = await readBlobs(
      run,
      blobs.filter(({ bytes }) => bytes <= MAX_FILE_BYTES),
    );
    return parseFile(file?.text ?? '', gate).pins;
  };

  return {
    place,
    async read(gate) {
      try {
        const tip = await fetchTip();
        if (tip !== null) return await readGate(tip, gate);
        const message = `${place} is not there yet: the first run that is recorded (isogate baseline record) makes it`;
        return { records: [], pins: [], warnings: [{ code: 'no-baseline-branch', message }] };
      } catch (error) {
        const message = `${place} cannot be read, so nothing stored is compared with: ${messageOf(error)}`;
        return { records: [], pins: [], warnings: [{ code: 'baseline-unreachable', message }] };
      }
    },
    async append(entries) {
      const deadlineMs = performance.now() + PATIENCE_MS;
      for (let tries = 1; ; tries++) {
        try {
          const tip = await fetchTip();
          const { counts, commit } = await commitOn(tip, entries);
          if (commit !== null) await run(['push', '--quiet', '--', remote.url, `${commit}:${ref}`]);
          return counts;
        } catch (error) {
          if (error instanceof BadInputError) throw error;
          const what = messageOf(error);
          if (!isRace(what)) throw new BadInputError(`${place} cannot be written: ${what}${hintFor(what)}`);
          if (performance.now() > deadlineMs)
            throw new BadInputError(
              `${place} could not be written: other writers were faster ${tries} times in ${PATIENCE_MS / 1000} s; try again`,
            );
          await setTimeout(Math.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(tries, 6)));
        }
      }
    },
  };
};

const hintFor = (message: string): string =>
  /403|denied|permission|not granted|protected|GH0|declined/i.test(message)
    ? '; the job needs permissions: contents: write, and the branch’s ruleset must let it pass'
    : '';
