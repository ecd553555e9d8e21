import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GithubServer, startGithubServer } from '../support/github-server.ts';

// The other tests rest on this server objecting: here it is shown to.

let server: GithubServer;
beforeEach(async () => {
  server = await startGithubServer();
});
afterEach(() => server.close());

const send = (method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `token ${server.token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

it.each([
  [
    'a path that GitHub does not have',
    'GET',
    '/repos/acme/thumbs/pulls/7/remarks',
    undefined,
    /remarks is not described/,
  ],
  [
    'a method that the path does not have',
    'PUT',
    '/repos/acme/thumbs/issues/7/comments',
    {},
    /PUT .* is not described/,
  ],
  [
    'a body without what is required',
    'POST',
    '/repos/acme/thumbs/issues/7/comments',
    {},
    /body must have required property 'body'/,
  ],
  [
    'a body of another type',
    'POST',
    '/repos/acme/thumbs/issues/7/comments',
    { body: ['x'] },
    /body\/body must be string/,
  ],
  [
    'a field that is not described',
    'POST',
    '/repos/acme/thumbs/issues/7/comments',
    { body: 'x', pin: 1 },
    /body has pin/,
  ],
  [
    'a query that is not described',
    'GET',
    '/repos/acme/thumbs/issues/7/comments?sort=up',
    undefined,
    /query sort is not described/,
  ],
  [
    'a parameter of another type',
    'GET',
    '/repos/acme/thumbs/issues/seven/comments',
    undefined,
    /issue_number\/value must be integer/,
  ],
])('objects to %s', async (_name, method, path, body, violation) => {
  await (await send(method, path, body)).text();
  expect(server.violations).toEqual([expect.stringMatching(violation)]);
});

it('refuses other tokens, and accepts what is described', async () => {
  expect((await fetch(`${server.url}/user`)).status).toBe(401);
  expect((await send('POST', '/repos/acme/thumbs/issues/7/comments', { body: 'hello' })).status).toBe(201);
  expect((await send('POST', '/repos/acme/thumbs/issues/7/comments', { body: 'x'.repeat(65_537) })).status).toBe(422);
  expect(server.violations).toEqual([]);
});
