import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecidingConfig, readDecidingConfig } from '../../src/github/base-config.ts';
import { createGit } from '../../src/github/git.ts';
import type { EventContext } from '../../src/github/read-event.ts';

const BASE = 'name: api\nbudgets:\n  gvisor: { latency: +15% }\n';
const HEAD = 'name: api\nbudgets:\n  gvisor: { latency: +400% }\n  runc: { memory: +1MiB }\n';

let root: string;
let origin: string;
const commits = { base: '', head: '', merge: '' };

const git = (directory: string, ...args: string[]): string =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

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
  sha: commits.merge,
  pullRequest: { number: 7, headSha: commits.head, baseSha, headRepository: 'acme/thumbs', author: 'mona' },
  apiUrl: '',
  runUrl: null,
  attempt: 1,
  ...over,
});

const decide = (
  directory: string,
  event = context(),
  file = 'isogate.yml',
  head: string | null = HEAD,
): Promise<DecidingConfig> => readDecidingConfig(createGit(join(directory, 'apps')), event, file, head);

describe('readDecidingConfig', () => {
  it('takes the base’s text, and shows what the pull request changes', async () => {
    expect(await decide(checkout(3))).toEqual({
      text: BASE,
      warnings: [
        {
          code: 'config-changed',
          message:
            'this pull request changes isogate.yml; the base’s version decided. budgets.gvisor.latency: +15% → +400%; budgets.runc.memory: absent → +1MiB',
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
    const { text, warnings } = await decide(directory, context({ sha: commits.head }, 'd'.repeat(40)));
    expect(text).toBeNull();
    expect(warnings.map((one) => one.code)).toEqual(['config-from-head']);
  });

  it('says so where the checkout is too shallow', async () => {
    expect(await decide(checkout(1))).toEqual({
      text: null,
      warnings: [
        {
          code: 'config-from-head',
          message: `the base commit ${commits.base} is not in this checkout, so the pull request’s own isogate.yml decided; give actions/checkout fetch-depth: 2`,
        },
      ],
    });
  });

  it('says so where the base has no such file', async () => {
    const { text, warnings } = await decide(checkout(3), context(), 'other.yml');
    expect(text).toBeNull();
    expect(warnings).toEqual([
      {
        code: 'config-new',
        message: `other.yml is not on the base (${commits.base.slice(0, 12)}) yet, so the pull request’s own decided`,
      },
    ]);
  });

  it('warns of nothing where nothing changed, and asks git nothing without a pull request', async () => {
    expect(await decide(checkout(3), context(), 'isogate.yml', BASE)).toEqual({ text: BASE, warnings: [] });
    expect(await decide('/nowhere', context({ pullRequest: null }))).toEqual({ text: null, warnings: [] });
  });
});
