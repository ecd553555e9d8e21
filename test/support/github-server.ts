import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkAnswer, checkRequest, type Match, matchOperation } from './openapi.ts';

export interface User {
  login: string;
  type: 'User' | 'Bot';
}

export interface StoredComment {
  id: number;
  issue: number;
  body: string;
  user: User;
}

export interface Failure {
  status: number;
  message?: string;
  headers?: Record<string, string>;
  /** How many requests it holds for; default: all. */
  times?: number;
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** What the tests look at, and may change while the server runs. */
export interface GithubServer {
  url: string;
  token: string;
  /** `METHOD /path/{template}` of each request, in order. */
  requests: string[];
  /** Requests and answers that GitHub's description does not allow; a test ends with none. */
  violations: string[];
  comments: StoredComment[];
  addComment(issue: number, user: User, body: string): StoredComment;
  fail(operation: string, failure: Failure): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Who the token writes as. Bots are installations, which may not ask who they are. */
  user?: User;
  /** `/api/v3` on Enterprise servers. */
  prefix?: string;
}

export const ACTIONS_BOT: User = { login: 'github-actions[bot]', type: 'Bot' };
const MAX_COMMENT = 65_536;
const TIME = '2026-01-02T03:04:05Z';

const userOf = ({ login, type }: User) => ({
  login,
  id: login.length,
  node_id: `U_${login.length}`,
  type,
  site_admin: false,
  gravatar_id: '',
  ...Object.fromEntries(
    [
      'avatar',
      'events',
      'followers',
      'following',
      'gists',
      'html',
      'organizations',
      'received_events',
      'repos',
      'starred',
      'subscriptions',
    ].map((name) => [`${name}_url`, `https://api.github.com/users/${encodeURIComponent(login)}/${name}`]),
  ),
  url: `https://api.github.com/users/${encodeURIComponent(login)}`,
});

const profileOf = (user: User) => ({
  ...userOf(user),
  user_view_type: 'public',
  ...{ name: null, company: null, blog: null, location: null, email: null, hireable: null, bio: null },
  ...{ public_repos: 1, public_gists: 0, followers: 0, following: 0, created_at: TIME, updated_at: TIME },
});

const error = (status: number, message: string, headers?: Record<string, string>): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  ...(headers && { headers }),
});

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * GitHub's REST API as far as a comment needs it, on a port of its own: keeps what is written, pages as GitHub does,
 * and holds every request and answer against the published description.
 */
export async function startGithubServer({
  user = ACTIONS_BOT,
  prefix = '',
}: ServerOptions = {}): Promise<GithubServer> {
  const failures = new Map<string, Failure>();
  const state: GithubServer = {
    url: '',
    token: 'ghs_0123456789abcdefghijklmnopqrstuvwxyz',
    requests: [],
    violations: [],
    comments: [],
    addComment(issue, author, body) {
      const comment = { id: 1000 + state.comments.length, issue, body, user: author };
      state.comments.push(comment);
      return comment;
    },
    fail: (operation, failure) => failures.set(operation, { ...failure }),
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((problem) => (problem ? reject(problem) : resolve()));
      }),
  };

  const shown = ({ id, issue, body, user: author }: StoredComment) => ({
    id,
    node_id: `IC_${id}`,
    url: `${state.url}/repos/acme/thumbs/issues/comments/${id}`,
    html_url: `https://github.com/acme/thumbs/pull/${issue}#issuecomment-${id}`,
    issue_url: `${state.url}/repos/acme/thumbs/issues/${issue}`,
    body,
    user: userOf(author),
    created_at: TIME,
    updated_at: TIME,
    author_association: 'NONE',
  });

  function list({ parameters }: Match, query: URLSearchParams): Answer {
    const all = state.comments.filter((one) => one.issue === Number(parameters['issue_number']));
    const size = Math.min(Number(query.get('per_page') ?? 30), 100);
    const page = Number(query.get('page') ?? 1);
    const last = Math.max(1, Math.ceil(all.length / size));
    const base = `${state.url}/repositories/100/issues/${parameters['issue_number']}/comments?per_page=${size}`;
    const link = page < last ? `<${base}&page=${page + 1}>; rel="next", <${base}&page=${last}>; rel="last"` : '';
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size).map(shown),
      ...(link && { headers: { link } }),
    };
  }

  function write(comment: StoredComment | undefined, body: string, status: number): Answer {
    if (!comment) return error(404, 'Not Found');
    if (body.length > MAX_COMMENT)
      return error(422, 'Validation Failed: body is too long (maximum is 65536 characters)');
    comment.body = body;
    return { status, body: shown(comment) };
  }

  const operations: Record<string, (match: Match, query: URLSearchParams, body: { body: string }) => Answer> = {
    'GET /user': () =>
      user.type === 'Bot'
        ? error(403, 'Resource not accessible by integration')
        : { status: 200, body: profileOf(user) },
    'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': list,
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': ({ parameters }, _query, { body }) =>
      body.length > MAX_COMMENT
        ? write(state.comments[0] ?? { id: 0, issue: 0, body: '', user }, body, 201)
        : write(state.addComment(Number(parameters['issue_number']), user, ''), body, 201),
    'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ parameters }, _query, { body }) =>
      write(
        state.comments.find((one) => one.id === Number(parameters['comment_id'])),
        body,
        200,
      ),
  };

  function injected(key: string): Answer | null {
    const failure = failures.get(key);
    if (!failure) return null;
    if (failure.times !== undefined && --failure.times <= 0) failures.delete(key);
    return error(failure.status, failure.message ?? `status ${failure.status}`, failure.headers);
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', state.url);
    // Page links of GitHub name the repository by its number.
    const path = pathname.replace(prefix, '').replace('/repositories/100/', '/repos/acme/thumbs/');
    const match = matchOperation(request.method ?? '', path);
    if (!match) {
      state.violations.push(`${request.method} ${pathname} is not described`);
      return error(404, 'Not Found');
    }
    state.requests.push(match.key);
    const body = await readBody(request);
    const wrong = checkRequest(match, searchParams, body);
    state.violations.push(...wrong);
    if (wrong.length > 0) return error(400, wrong.join('; '));
    const { authorization = '' } = request.headers;
    if (![`token ${state.token}`, `Bearer ${state.token}`].includes(authorization))
      return error(401, 'Bad credentials');
    const outcome = injected(match.key) ?? operations[match.key]?.(match, searchParams, body as { body: string });
    const given = outcome ?? error(501, `the test server has no ${match.key}`);
    state.violations.push(...checkAnswer(match, given.status, given.body));
    return given;
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request).then(
      ({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
        response.end(JSON.stringify(body));
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
