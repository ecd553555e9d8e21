import { afterEach, describe, expect, it } from 'vitest';
import { createOctokit } from '../../src/github/create-octokit.ts';
import { type CommentMark, type CommentOutcome, makeMarker, upsertComment } from '../../src/github/upsert-comment.ts';
import { ACTIONS_BOT, type GithubServer, type ServerOptions, startGithubServer } from '../support/github-server.ts';

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const GET_PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
const DELETE = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';
const target = { owner: 'acme', repo: 'thumbs', number: 7 };
const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const mark = (over: Partial<CommentMark> = {}): CommentMark => ({
  key: 'api',
  headSha: OLD,
  runId: 7,
  attempt: 1,
  rules: null,
  ...over,
});

let server: GithubServer;
const logged: string[] = [];

async function start(options?: ServerOptions): Promise<void> {
  server = await startGithubServer(options);
  logged.length = 0;
}

function upsert(
  body: string,
  { create = true, token = server.token, ...over }: Partial<CommentMark> & { create?: boolean; token?: string } = {},
): Promise<CommentOutcome> {
  const octokit = createOctokit({ token, baseUrl: server.url, log: (line) => logged.push(line), stepMs: 10 });
  return upsertComment(octokit, target, mark(over), body, create);
}

afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

describe('upsertComment', () => {
  it('makes one comment, then updates it', async () => {
    await start();
    expect(await upsert('first')).toEqual({
      kind: 'created',
      url: 'https://github.com/acme/thumbs/pull/7#issuecomment-1000',
    });
    expect(await upsert('second')).toEqual({
      kind: 'updated',
      url: 'https://github.com/acme/thumbs/pull/7#issuecomment-1000',
    });
    expect(server.comments.map(({ issue, body }) => [issue, body])).toEqual([
      [7, `<!-- isogate-report api sha=${OLD} run=7 attempt=1 -->\nsecond`],
    ]);
    expect(server.requests.filter((one) => one !== 'GET /user')).toEqual([LIST, CREATE, LIST, LIST, GET_PULL, UPDATE]);
  });

  it('does not replace what another configuration of the same workflow run says, but what an earlier run did', async () => {
    await start();
    const [a, b] = ['a', 'b'].map((digit) => ({ base: '0'.repeat(16), path: digit.repeat(16) }));
    if (a === undefined || b === undefined) throw new Error('two are needed');
    await upsert('of a, which fails', { rules: a });
    expect(await upsert('of b, which passes', { rules: b })).toMatchObject({ kind: 'failed' });
    expect(server.comments.map(({ body }) => body)).toEqual([
      `<!-- isogate-report api sha=${OLD} run=7 attempt=1 base=${a.base} path=${a.path} -->\nof a, which fails`,
    ]);
    expect(await upsert('of a again', { rules: a, attempt: 2 })).toMatchObject({ kind: 'updated' });
    expect(await upsert('of b, moved', { rules: b, runId: 8 })).toMatchObject({ kind: 'updated' });
  });

  it('keeps one comment a gate', async () => {
    await start();
    await upsert('of api');
    await upsert('of web', { key: 'web' });
    await upsert('of api again');
    expect(server.comments.map((one) => one.body.split('\n')[1])).toEqual(['of api again', 'of web']);
  });

  it('finds its own among 250 others over pages, past a forged marker', async () => {
    await start();
    server.addComment(7, { login: 'eve', type: 'User' }, `${makeMarker(mark())}\nall is well`);
    for (let i = 0; i < 240; i += 1) server.addComment(7, { login: 'mona', type: 'User' }, `comment ${i}`);
    const own = server.addComment(7, ACTIONS_BOT, `${makeMarker(mark())}\nold`);
    for (let i = 0; i < 9; i += 1) server.addComment(7, { login: 'mona', type: 'User' }, `later ${i}`);
    expect((await upsert('new')).kind).toBe('updated');
    expect(own.body).toBe(`${makeMarker(mark())}\nnew`);
    expect(server.comments[0]?.body).toBe(`${makeMarker(mark())}\nall is well`);
    expect(server.comments).toHaveLength(251);
    expect(server.requests.filter((one) => one === LIST)).toHaveLength(3);
  });

  it('with a person’s token takes only that person’s comment for its own', async () => {
    await start({ user: { login: 'release-robot', type: 'User' } });
    server.addComment(7, ACTIONS_BOT, `${makeMarker(mark())}\nof another token`);
    expect((await upsert('mine')).kind).toBe('created');
    expect((await upsert('mine again')).kind).toBe('updated');
    expect(server.comments.map((one) => one.user.login)).toEqual(['github-actions[bot]', 'release-robot']);
  });

  it('makes none where it should only update', async () => {
    await start();
    expect(await upsert('x', { create: false })).toEqual({ kind: 'skipped' });
    expect(server.comments).toEqual([]);
  });

  it('has a marker that no gate name can close', async () => {
    await start();
    const key = '--> <script>';
    await upsert('first', { key });
    expect(server.comments[0]?.body).toMatch(
      /^<!-- isogate-report --%3E%20%3Cscript%3E sha=\w+ run=7 attempt=1 -->\nfirst$/,
    );
    expect((await upsert('second', { key })).kind).toBe('updated');
  });
});

describe('several runs of one pull request', () => {
  const pullAt = (sha: string) =>
    server.pulls.push({
      ...{ number: 7, state: 'open', author: { login: 'mona', type: 'User' }, baseSha: 'c'.repeat(40) },
      head: { sha, branch: 'change', repository: 'acme/thumbs' },
    });

  it('a late one does not take the place of what tells of a newer commit', async () => {
    await start();
    pullAt(NEW);
    await upsert('of the new head', { headSha: NEW, runId: 8 });
    expect((await upsert('late', { headSha: OLD, runId: 7 })).kind).toBe('kept');
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual(['of the new head']);
  });

  it('the head has the word, whatever the order of its runs', async () => {
    await start();
    pullAt(OLD);
    await upsert('of a commit that was taken back', { headSha: NEW, runId: 8 });
    expect((await upsert('of the head', { headSha: OLD, runId: 7 })).kind).toBe('updated');
  });

  it.each([
    ['for one commit the last run to finish writes the comment', OLD, 9, null, 'updated'],
    ['where GitHub does not name the head, the later run stays', NEW, 8, null, 'kept'],
    ['where GitHub does not name the head, the earlier run is replaced', NEW, 6, null, 'updated'],
    ['the comment on the head stays', NEW, 6, NEW, 'kept'],
  ])('%s', async (_name, headSha, runId, head, kind) => {
    await start();
    if (head !== null) pullAt(head);
    await upsert('what is there', { headSha, runId });
    expect((await upsert('mine')).kind).toBe(kind);
  });

  it('two that found none at the same time leave one comment, with the newer text', async () => {
    await start();
    pullAt(NEW);
    server.gather(LIST, 2);
    server.gather(CREATE, 2);
    const outcomes = await Promise.all([
      upsert('of the new head', { headSha: NEW, runId: 8 }),
      upsert('late', { headSha: OLD, runId: 7 }),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['updated', 'kept']);
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual(['of the new head']);
    expect(server.requests.filter((one) => one === DELETE).length).toBeGreaterThan(0);
  });
});

describe('what GitHub refuses', () => {
  it.each([
    [
      403,
      CREATE,
      'Resource not accessible by integration',
      /^the token may not write comments; give the job `permissions: pull-requests: write`.*\(403: Resource/,
    ],
    [404, LIST, 'Not Found', /^the token cannot see this pull request;.*\(404/],
    [410, LIST, 'Gone', /^the conversation is gone .*\(410/],
    [422, CREATE, 'Validation Failed', /^GitHub did not accept the content \(422/],
    [500, CREATE, 'Server Error', /^GitHub failed repeatedly;.*\(500/],
  ])('%d on %s is explained, not thrown', async (status, operation, message, explanation) => {
    await start();
    server.fail(operation, { status, message });
    expect(await upsert('body')).toEqual({ kind: 'failed', explanation: expect.stringMatching(explanation) });
    expect(server.comments).toEqual([]);
  });

  it('explains a token that is not valid', async () => {
    await start();
    const outcome = await upsert('body', { token: 'wrong' });
    expect(outcome).toEqual({ kind: 'failed', explanation: expect.stringMatching(/^the token is not valid/) });
  });

  it('explains a server that is not there', async () => {
    await start();
    const octokit = createOctokit({ token: 't', baseUrl: 'http://127.0.0.1:9', log: () => {}, stepMs: 1 });
    const outcome = await upsertComment(octokit, target, mark(), 'body', true);
    expect(outcome).toEqual({
      kind: 'failed',
      explanation: expect.stringMatching(/could not be reached|failed repeatedly/),
    });
  });

  it('is tried again after server errors', async () => {
    await start();
    server.fail(LIST, { status: 502, times: 2 });
    expect((await upsert('body')).kind).toBe('created');
    expect(server.requests.filter((one) => one === LIST)).toHaveLength(4);
  });

  it('waits as long as a secondary rate limit asks, and no longer than two minutes', async () => {
    await start();
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    server.fail(CREATE, { status: 403, message, headers: { 'retry-after': '2' }, times: 1 });
    expect((await upsert('body')).kind).toBe('created');
    expect(logged).toEqual([expect.stringMatching(/rate limit asks for 2 s before POST .*: waiting/)]);
    server.fail(UPDATE, { status: 403, message, headers: { 'retry-after': '3600' } });
    const outcome = await upsert('other');
    expect(outcome).toEqual({ kind: 'failed', explanation: expect.stringMatching(/^the rate limit was reached/) });
    expect(logged.at(-1)).toMatch(/asks for 3600 s.*giving up/);
  });
});

it('talks to an Enterprise server', async () => {
  await start({ prefix: '/api/v3' });
  expect((await upsert('body')).kind).toBe('created');
});
