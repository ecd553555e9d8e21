import { afterEach, describe, expect, it } from 'vitest';
import { createOctokit } from '../../src/github/create-octokit.ts';
import { type CommentOutcome, markerOf, upsertComment } from '../../src/github/upsert-comment.ts';
import { ACTIONS_BOT, type GithubServer, type ServerOptions, startGithubServer } from '../support/github-server.ts';

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const target = { owner: 'acme', repo: 'thumbs', number: 7, key: 'api' };

let server: GithubServer;
const logged: string[] = [];

async function start(options?: ServerOptions): Promise<void> {
  server = await startGithubServer(options);
  logged.length = 0;
}

function upsert(body: string, over: { key?: string; create?: boolean; token?: string } = {}): Promise<CommentOutcome> {
  const token = over.token ?? server.token;
  const octokit = createOctokit({ token, baseUrl: server.url, log: (line) => logged.push(line), stepMs: 10 });
  return upsertComment(octokit, { ...target, key: over.key ?? 'api' }, body, over.create ?? true);
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
      [7, '<!-- isogate-report api -->\nsecond'],
    ]);
    expect(server.requests.filter((one) => one !== 'GET /user')).toEqual([LIST, CREATE, LIST, UPDATE]);
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
    server.addComment(7, { login: 'eve', type: 'User' }, `${markerOf('api')}\nall is well`);
    for (let i = 0; i < 240; i += 1) server.addComment(7, { login: 'mona', type: 'User' }, `comment ${i}`);
    const own = server.addComment(7, ACTIONS_BOT, `${markerOf('api')}\nold`);
    for (let i = 0; i < 9; i += 1) server.addComment(7, { login: 'mona', type: 'User' }, `later ${i}`);
    expect((await upsert('new')).kind).toBe('updated');
    expect(own.body).toBe(`${markerOf('api')}\nnew`);
    expect(server.comments[0]?.body).toBe(`${markerOf('api')}\nall is well`);
    expect(server.comments).toHaveLength(251);
    expect(server.requests.filter((one) => one === LIST)).toHaveLength(3);
  });

  it('with a person’s token takes only that person’s comment for its own', async () => {
    await start({ user: { login: 'release-robot', type: 'User' } });
    server.addComment(7, ACTIONS_BOT, `${markerOf('api')}\nof another token`);
    expect((await upsert('mine')).kind).toBe('created');
    expect((await upsert('mine again')).kind).toBe('updated');
    expect(server.comments.map((one) => one.user.login)).toEqual(['github-actions[bot]', 'release-robot']);
  });

  it('makes none where it should only update', async () => {
    await start();
    expect(await upsert('x', { create: false })).toEqual({ kind: 'skipped' });
    expect(server.comments).toEqual([]);
  });

  it('has a marker that no gate name can close', () => {
    expect(markerOf('--> <script>')).toBe('<!-- isogate-report --%3E%20%3Cscript%3E -->');
    return start();
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
    [422, CREATE, 'Validation Failed', /^GitHub did not accept the comment’s content \(422/],
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
    const outcome = await upsertComment(octokit, target, 'body', true);
    expect(outcome).toEqual({
      kind: 'failed',
      explanation: expect.stringMatching(/could not be reached|failed repeatedly/),
    });
  });

  it('is tried again after server errors', async () => {
    await start();
    server.fail(LIST, { status: 502, times: 2 });
    expect((await upsert('body')).kind).toBe('created');
    expect(server.requests.filter((one) => one === LIST)).toHaveLength(3);
  });

  it('waits as long as a secondary rate limit asks, and no longer than two minutes', async () => {
    await start();
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    server.fail(CREATE, { status: 403, message, headers: { 'retry-after': '2' }, times: 1 });
    expect((await upsert('body')).kind).toBe('created');
    expect(logged).toEqual([expect.stringMatching(/rate limit asks for 2 s before POST .*: waiting/)]);
    server.fail(UPDATE, { status: 403, message, headers: { 'retry-after': '3600' } });
    const outcome = await upsert('body');
    expect(outcome).toEqual({ kind: 'failed', explanation: expect.stringMatching(/^the rate limit was reached/) });
    expect(logged.at(-1)).toMatch(/asks for 3600 s.*giving up/);
  });
});

it('talks to an Enterprise server', async () => {
  await start({ prefix: '/api/v3' });
  expect((await upsert('body')).kind).toBe('created');
});
