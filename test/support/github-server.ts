import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, errorAnswer, githubOperations } from './github-operations.ts';
import { emptyState, type GithubState, type StoredComment, type User } from './github-state.ts';
import { checkAnswer, checkRequest, matchOperation } from './openapi.ts';

export interface Failure {
  status: number;
  message?: string;
  headers?: Record<string, string>;
  /** How many requests it holds for; default: all. */
  times?: number;
}

export interface GithubServer extends GithubState {
  url: string;
  token: string;
  /** `METHOD /path/{template}` of each request, in order. */
  requests: string[];
  /** Requests and answers that GitHub's description does not allow; a test ends with none. */
  violations: string[];
  addComment(issue: number, user: User, body: string): StoredComment;
  fail(operation: string, failure: Failure): void;
  /** The next `count` requests of that operation are answered once all of them are there: a race. */
  gather(operation: string, count: number): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Who the token writes as. Bots are installations, which may not ask who they are. */
  user?: User;
  /** `/api/v3` on Enterprise servers. */
  prefix?: string;
}

export const ACTIONS_BOT: User = { login: 'github-actions[bot]', type: 'Bot' };

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * GitHub's REST API on a port of its own: keeps what is written, pages as GitHub does, and holds every request and answer
 * against the published description.
 */
export async function startGithubServer({
  user = ACTIONS_BOT,
  prefix = '',
}: ServerOptions = {}): Promise<GithubServer> {
  const failures = new Map<string, Failure>();
  const gathering = new Map<string, { missing: number; waiting: (() => void)[] }>();
  const state: GithubServer = {
    ...emptyState(),
    url: '',
    token: 'ghs_0123456789abcdefghijklmnopqrstuvwxyz',
    requests: [],
    violations: [],
    addComment(issue, author, body) {
      const comment = { id: 1000 + state.comments.length, issue, body, user: author };
      state.comments.push(comment);
      return comment;
    },
    fail: (operation, failure) => failures.set(operation, { ...failure }),
    gather: (operation, count) => gathering.set(operation, { missing: count, waiting: [] }),
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((problem) => (problem ? reject(problem) : resolve()));
      }),
  };

  function injected(key: string): Answer | null {
    const failure = failures.get(key);
    if (!failure) return null;
    if (failure.times !== undefined && --failure.times <= 0) failures.delete(key);
    return errorAnswer(failure.status, failure.message ?? `status ${failure.status}`, failure.headers);
  }

  /** What was there is what all of them see. */
  async function untilAllAreThere(key: string): Promise<void> {
    const group = gathering.get(key);
    if (!group) return;
    group.missing -= 1;
    if (group.missing > 0) return new Promise((resolve) => group.waiting.push(resolve));
    gathering.delete(key);
    for (const resolve of group.waiting) resolve();
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', state.url);
    // Page links of GitHub name the repository by its number.
    const path = pathname.replace(prefix, '').replace('/repositories/100/', '/repos/acme/thumbs/');
    const match = matchOperation(request.method ?? '', path);
    if (!match) {
      state.violations.push(`${request.method} ${pathname} is not described`);
      return errorAnswer(404, 'Not Found');
    }
    state.requests.push(match.key);
    const body = await readBody(request);
    const wrong = checkRequest(match, searchParams, body);
    state.violations.push(...wrong);
    if (wrong.length > 0) return errorAnswer(400, wrong.join('; '));
    const { authorization = '' } = request.headers;
    if (![`token ${state.token}`, `Bearer ${state.token}`].includes(authorization))
      return errorAnswer(401, 'Bad credentials');
    const operation = githubOperations({ state, url: state.url, user })[match.key];
    const outcome = injected(match.key) ?? operation?.(match, searchParams, Object(body));
    await untilAllAreThere(match.key);
    const given = outcome ?? errorAnswer(501, `the test server has no ${match.key}`);
    state.violations.push(...checkAnswer(match, given.status, given.body));
    return given;
  }

  /** Where artifacts lie: not the API, and no place for its token. */
  function sendBlob(request: IncomingMessage, response: ServerResponse): void {
    const id = Number(/^\/blobs\/(\d+)\?sig=secret$/.exec(request.url ?? '')?.[1]);
    const artifact = state.artifacts.find((one) => one.id === id);
    if (request.headers.authorization) state.violations.push('the token was sent to the store of artifacts');
    response.writeHead(artifact ? 200 : 404, { 'content-type': 'application/zip' });
    response.end(artifact?.archive);
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/blobs/')) return sendBlob(request, response);
    answer(request).then(
      ({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      },
      (problem: unknown) => {
        state.violations.push(String(problem));
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;
  return state;
}
