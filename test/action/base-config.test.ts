import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BaseConfig, readBaseConfig } from '../../src/action/base-config.ts';
import { openObjectReader } from '../../src/git/object-reader.ts';
import type { EventContext } from '../../src/github/read-event.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';
import { git } from '../support/git-repo.ts';

const BASE = 'name: api\nbudgets:\n  gvisor: { latency: +15% }\n';
const HEAD = 'name: api\nbudgets:\n  gvisor: { latency: +400% }\n  runc: { memory: +1MiB }\n';

let root: string;
let origin: string;
const commits = { base: '', head: '', merge: '' };

const write = (directory: string, text: string): void => writeFileSync(join(directory, 'apps/isogate.yml'), text);

/** base ── head, and GitHub's merge commit of both, as in a real pull request. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'isogate-base-'));
  origin = join(root, 'origin');
  mkdirSync(join(origin, 'apps'), { recursive: true });
  git(origin, 'init', '--quiet', '--initial-branch=main');
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  write(origin, BASE);
  git(origin, 'add', '.');
  git(origin, 'commit', '--quiet', '-m', 'base');
  commits.base = git(origin, 'rev-parse', 'HEAD');
  git(origin, 'switch', '--quiet', '-c', 'raise');
  write(origin, HEAD);
  git(origin, 'commit', '--quiet', '-am', 'raise the budget');
  commits.head = git(origin, 'rev-parse', 'HEAD');
  git(origin, 'switch', '--quiet', 'main');
  git(origin, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'raise');
  commits.merge = git(origin, 'rev-parse', 'HEAD');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What actions/checkout makes of the merge commit. */
function checkout(depth: number, commit = commits.merge): string {
  const directory = mkdtempSync(join(root, 'checkout-'));
  git(directory, 'init', '--quiet');
  git(directory, 'fetch', '--quiet', `--depth=${depth}`, `file://${origin}`, commit);
  git(directory, 'checkout', '--quiet', commit);
  return directory;
}

const context = (over: Partial<EventContext> = {}, baseSha = commits.base): EventContext => ({
  event: 'pull_request',
  owner: 'acme',
  repo: 'thumbs',
  actor: 'mona',
  ref: 'refs/pull/7/merge',
  defaultBranch: 'main',
  sha: commits.merge,
  change: { headSha: commits.head, baseSha, baseRef: 'main' },
  pullRequest: { number: 7, headRepository: 'acme/thumbs', author: 'mona' },
  endedRunId: null,
  runId: null,
  apiUrl: '',
  serverUrl: '',
  runUrl: null,
  attempt: 1,
  ...over,
});

/** The default branch as the remote has it. */
const branchTip = async (branch: string) => ({
  git: openObjectReader(origin),
  commit: git(origin, 'rev-parse', `refs/heads/${branch}`),
});

const decide = (
  directory: string,
  event = context(),
  file = 'apps/isogate.yml',
  head: string | null = HEAD,
): Promise<BaseConfig> => readBaseConfig(openObjectReader(directory), event, file, head, branchTip);

describe('readBaseConfig', () => {
  it('takes the base’s text, and shows what the pull request changes', async () => {
    expect(await decide(checkout(3))).toEqual({
      base: commits.base,
      text: BASE,
      enforced: true,
      warnings: [
        {
          code: 'config-changed',
          message:
            'this pull request changes apps/isogate.yml; the base’s version decided. budgets.gvisor.latency: +15% → +400%; budgets.runc.memory: absent → +1MiB',
        },
      ],
    });
  });

  it('finds the base as the first parent of GitHub’s merge commit, when the event’s base is not there', async () => {
    const { text } = await decide(checkout(2), context({}, 'd'.repeat(40)));
    expect(text).toBe(BASE);
  });

  it('does not take the parent of any other commit for the base', async () => {
    // The workflow checked out the pull request's own head: its parents are what its author made them.
    const directory = checkout(2, commits.head);
    await expect(decide(directory, context({ sha: commits.head }, 'd'.repeat(40)))).rejects.toThrow(NotMeasurableError);
  });

  it('takes the merge commit’s parents from the commit itself, whatever the checkout says they are', async () => {
    const directory = checkout(2);
    writeFileSync(join(directory, '.git/info/grafts'), `${commits.merge} ${commits.head} ${commits.head}\n`);
    expect(git(directory, 'rev-parse', `${commits.merge}^1`)).toBe(commits.head);
    expect((await decide(directory, context({}, 'd'.repeat(40)))).text).toBe(BASE);
  });

  it('lets nothing decide where the checkout is too shallow', async () => {
    await expect(decide(checkout(1))).rejects.toThrow(
      new NotMeasurableError(
        `the base commit ${commits.base} is not in this checkout and could not be fetched, and a pull request’s own apps/isogate.yml does not decide; give the job \`permissions: contents: read\`, or check out into GITHUB_WORKSPACE itself, with fetch-depth: 2 for actions/checkout`,
      ),
    );
  });

  it('says so where the base has no such file', async () => {
    const { text, enforced, warnings } = await decide(checkout(3), context(), 'other.yml');
    expect({ text, enforced }).toEqual({ text: null, enforced: false });
    expect(warnings).toEqual([
      {
        code: 'config-new',
        message: `other.yml is not on the base (${commits.base.slice(0, 12)}) yet: nothing is enforced, the verdict shows what this pull request’s own would decide`,
      },
    ]);
  });

  it('warns of nothing where nothing changed, and asks git nothing without a pull request', async () => {
    expect(await decide(checkout(3), context(), 'apps/isogate.yml', BASE)).toEqual({
      base: commits.base,
      text: BASE,
      enforced: true,
      warnings: [],
    });
    expect(await decide('/nowhere', context({ change: null, pullRequest: null }))).toEqual({
      base: null,
      text: null,
      enforced: true,
      warnings: [],
    });
  });
});

/** Puts a loose object in place that holds other text than its name says. */
function forgeObject(objects: string, id: string, text: string): void {
  mkdirSync(join(objects, id.slice(0, 2)), { recursive: true });
  const path = join(objects, id.slice(0, 2), id.slice(2));
  rmSync(path, { force: true });
  writeFileSync(path, deflateSync(`blob ${Buffer.byteLength(text)}\0${text}`));
}

describe('a checkout whose author forges', () => {
  it('a bare repository in the working directory is never asked', async () => {
    const directory = checkout(3);
    const apps = join(directory, 'apps');
    // Everything that git takes for a repository, under names that a commit can hold.
    cpSync(join(directory, '.git/objects'), join(apps, 'objects'), { recursive: true });
    mkdirSync(join(apps, 'refs/heads'), { recursive: true });
    writeFileSync(join(apps, 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(apps, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n');
    for (const pack of readdirSync(join(apps, 'objects/pack'))) {
      if (!pack.endsWith('.pack')) continue;
      const input = readFileSync(join(apps, 'objects/pack', pack));
      rmSync(join(apps, 'objects/pack'), { recursive: true });
      execFileSync('git', ['-C', apps, 'unpack-objects', '-q'], { input });
    }
    const id = git(directory, 'rev-parse', `${commits.base}:apps/isogate.yml`);
    forgeObject(join(apps, 'objects'), id, HEAD);
    // The forgery works on who searches for a repository from there.
    expect(git(apps, '-c', 'safe.directory=*', 'cat-file', 'blob', `${commits.base}:./apps/isogate.yml`)).toBe(
      HEAD.trim(),
    );
    expect((await decide(directory)).text).toBe(BASE);
    // Nor where a caller takes the directory for the workspace.
    for (const file of ['isogate.yml', 'apps/isogate.yml']) {
      const forged = readBaseConfig(openObjectReader(apps), context(), file, HEAD, branchTip);
      await expect(forged).rejects.toThrow(NotMeasurableError);
    }
  });

  it('an object that does not hash to its name is refused', async () => {
    const directory = checkout(3);
    const id = git(directory, 'rev-parse', `${commits.base}:apps/isogate.yml`);
    rmSync(join(directory, '.git/objects/pack'), { recursive: true, force: true });
    // Git's objects are read-only, so a copy over them has to replace them.
    execFileSync('cp', ['-rfT', join(origin, '.git/objects'), join(directory, '.git/objects')]);
    forgeObject(join(directory, '.git/objects'), id, HEAD);
    await expect(decide(directory)).rejects.toThrow(`its content does not hash to ${id}`);
  });

  it('a checkout without .git of its own, or with a link for it, has no base', async () => {
    const directory = checkout(3);
    await expect(
      readBaseConfig(openObjectReader(join(directory, 'apps')), context(), 'isogate.yml', HEAD, branchTip),
    ).rejects.toThrow(NotMeasurableError);
    const linked = mkdtempSync(join(root, 'linked-'));
    symlinkSync(join(directory, '.git'), join(linked, '.git'));
    await expect(decide(linked)).rejects.toThrow(NotMeasurableError);
  });

  it('GIT_DIR of the environment counts for nothing', async () => {
    const directory = checkout(3);
    process.env['GIT_DIR'] = join(root, 'elsewhere');
    try {
      expect((await decide(directory)).text).toBe(BASE);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });
});

it('a configuration behind a link of the base is no missing one', async () => {
  const directory = mkdtempSync(join(root, 'links-'));
  git(directory, 'init', '--quiet');
  mkdirSync(join(directory, 'real'));
  writeFileSync(join(directory, 'real/isogate.yml'), BASE);
  symlinkSync('real', join(directory, 'ci'));
  symlinkSync('real/isogate.yml', join(directory, 'isogate.yml'));
  git(directory, 'add', '.');
  git(directory, 'commit', '--quiet', '-m', 'links');
  const event = context({}, git(directory, 'rev-parse', 'HEAD'));
  expect((await decide(directory, event, 'real/isogate.yml', BASE)).text).toBe(BASE);
  await expect(decide(directory, event, 'ci/isogate.yml')).rejects.toThrow('ci is a link, a file or a submodule there');
  await expect(decide(directory, event, 'isogate.yml')).rejects.toThrow('it is not a regular file');
  expect((await decide(directory, event, 'none/isogate.yml')).enforced).toBe(false);
});
