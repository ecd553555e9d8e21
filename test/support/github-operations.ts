import type { GithubState, StoredArtifact, StoredCheck, StoredComment, StoredPull, User } from './github-state.ts';
import { exampleAnswer, type Match } from './openapi.ts';

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface OperationContext {
  state: GithubState;
  url: string;
  /** Who the token writes as. */
  user: User;
}

type Body = Record<string, unknown>;
type Operation = (match: Match, query: URLSearchParams, body: Body) => Answer;
/** An example of GitHub's, whose fields are replaced. */
type Example = Record<string, unknown>;

const MAX_COMMENT = 65_536;
const MAX_OUTPUT = 65_535;
const TIME = '2026-01-02T03:04:05Z';

export const errorAnswer = (status: number, message: string, headers?: Record<string, string>): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  ...(headers && { headers }),
});

const userOf = ({ login, type }: User) => ({
  ...{ login, id: login.length, node_id: `U_${login.length}`, type, site_admin: false, gravatar_id: '' },
  ...Object.fromEntries(
    [
      ...['avatar', 'events', 'followers', 'following', 'gists', 'html', 'organizations', 'received_events', 'repos'],
      ...['starred', 'subscriptions'],
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

/** By `METHOD /path/{template}`: GitHub's REST API as far as a gate needs it. What is written is there afterwards. */
export function githubOperations({ state, url, user }: OperationContext): Record<string, Operation> {
  return { ...commentOperations(state, url, user), ...checkOperations(state), ...runOperations(state, url) };
}

function commentOperations(state: GithubState, url: string, user: User): Record<string, Operation> {
  const shown = ({ id, issue, body, user: author }: StoredComment) => ({
    id,
    node_id: `IC_${id}`,
    url: `${url}/repos/acme/thumbs/issues/comments/${id}`,
    html_url: `https://github.com/acme/thumbs/pull/${issue}#issuecomment-${id}`,
    issue_url: `${url}/repos/acme/thumbs/issues/${issue}`,
    body,
    user: userOf(author),
    created_at: TIME,
    updated_at: TIME,
    author_association: 'NONE',
  });
  const byId = ({ parameters }: Match) => state.comments.find((one) => one.id === Number(parameters['comment_id']));
  const write = (comment: StoredComment | undefined, body: string, status: number): Answer => {
    if (!comment) return errorAnswer(404, 'Not Found');
    if (body.length > MAX_COMMENT) return errorAnswer(422, 'Validation Failed: body is too long (maximum is 65536)');
    comment.body = body;
    return { status, body: shown(comment) };
  };
  return {
    'GET /user': () =>
      user.type === 'Bot'
        ? errorAnswer(403, 'Resource not accessible by integration')
        : { status: 200, body: profileOf(user) },
    'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': ({ parameters }, query) => {
      const all = state.comments.filter((one) => one.issue === Number(parameters['issue_number']));
      const size = Math.min(Number(query.get('per_page') ?? 30), 100);
      const page = Number(query.get('page') ?? 1);
      const last = Math.max(1, Math.ceil(all.length / size));
      const base = `${url}/repositories/100/issues/${parameters['issue_number']}/comments?per_page=${size}`;
      const link = page < last ? `<${base}&page=${page + 1}>; rel="next", <${base}&page=${last}>; rel="last"` : '';
      const body = all.slice((page - 1) * size, page * size).map(shown);
      return { status: 200, body, ...(link && { headers: { link } }) };
    },
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': ({ parameters }, _query, body) => {
      const id = 1000 + state.comments.length;
      const comment = { id, issue: Number(parameters['issue_number']), body: '', user };
      const answer = write(comment, String(body['body']), 201);
      if (answer.status === 201) state.comments.push(comment);
      return answer;
    },
    'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': (match, _query, body) =>
      write(byId(match), String(body['body']), 200),
    'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': (match) => {
      const comment = byId(match);
      if (!comment) return errorAnswer(404, 'Not Found');
      state.comments.splice(state.comments.indexOf(comment), 1);
      return { status: 204, body: undefined };
    },
  };
}

const CREATE_CHECK = 'POST /repos/{owner}/{repo}/check-runs';
const UPDATE_CHECK = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
const LIST_CHECKS = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
const LIST_STATUSES = 'GET /repos/{owner}/{repo}/commits/{ref}/statuses';
const CREATE_STATUS = 'POST /repos/{owner}/{repo}/statuses/{sha}';

function checkOperations(state: GithubState): Record<string, Operation> {
  const shown = ({ output, ...check }: StoredCheck) => {
    const example = exampleAnswer(CREATE_CHECK, 201) as Example;
    const done = check.status === 'completed';
    const of = example['output'] as Example;
    return {
      ...{ ...example, ...check, started_at: TIME, completed_at: done ? TIME : null },
      output: { ...of, title: output?.title ?? null, summary: output?.summary ?? null },
    };
  };
  const apply = (check: StoredCheck, body: Body): Answer | null => {
    const output = body['output'] as StoredCheck['output'] | undefined;
    if (output && output.summary.length > MAX_OUTPUT) return errorAnswer(422, 'output.summary is too long');
    if (output && output.annotations.length > 50) return errorAnswer(422, 'annotations: no more than 50');
    Object.assign(check, body);
    return null;
  };
  return {
    [CREATE_CHECK]: (_match, _query, body) => {
      const id = 500 + state.checks.length;
      const empty = {
        id,
        name: '',
        head_sha: '',
        status: 'queued',
        conclusion: null,
        details_url: null,
        external_id: null,
      };
      const check: StoredCheck = { ...empty, output: null };
      const refused = apply(check, body);
      if (refused) return refused;
      state.checks.push(check);
      return { status: 201, body: shown(check) };
    },
    [UPDATE_CHECK]: ({ parameters }, _query, body) => {
      const check = state.checks.find((one) => one.id === Number(parameters['check_run_id']));
      if (!check) return errorAnswer(404, 'Not Found');
      return apply(check, body) ?? { status: 200, body: shown(check) };
    },
    [LIST_CHECKS]: ({ parameters }, query) => {
      const own = state.checks.filter(
        ({ head_sha, name }) => head_sha === parameters['ref'] && name === query.get('check_name'),
      );
      return { status: 200, body: { total_count: own.length, check_runs: own.map(shown) } };
    },
    [LIST_STATUSES]: ({ parameters }) => {
      const [example] = exampleAnswer(LIST_STATUSES, 200) as Example[];
      const own = state.statuses.filter(({ sha }) => sha === parameters['ref']);
      const body = own.map(({ context, state: word, description }, index) => ({
        ...{ ...example, id: index + 1, context, state: word, description },
      }));
      return { status: 200, body: body.reverse() };
    },
    [CREATE_STATUS]: ({ parameters }, _query, body) => {
      const { context, state: word, description } = body as { context: string; state: string; description: string };
      if (description.length > 140) return errorAnswer(422, 'description is too long (maximum is 140 characters)');
      state.statuses.push({ sha: parameters['sha'] ?? '', context, state: word, description });
      return { status: 201, body: { ...(exampleAnswer(CREATE_STATUS, 201) as Example), ...body } };
    },
  };
}

const GET_PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
const LIST_PULLS = 'GET /repos/{owner}/{repo}/pulls';
const GET_RUN = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
const LIST_ARTIFACTS = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts';

function runOperations(state: GithubState, url: string): Record<string, Operation> {
  const pullOf = (example: Example, pull: StoredPull) => {
    const [head, base] = [example['head'] as Example, example['base'] as Example];
    return {
      ...{ ...example, number: pull.number, state: pull.state, user: userOf(pull.author), requested_teams: [] },
      head: {
        ...{ ...head, sha: pull.head.sha, ref: pull.head.branch },
        repo: { ...(head['repo'] as Example), full_name: pull.head.repository },
      },
      base: { ...base, sha: pull.baseSha, ref: pull.baseRef ?? 'main' },
    };
  };
  return {
    [GET_PULL]: ({ parameters }) => {
      const pull = state.pulls.find((one) => one.number === Number(parameters['pull_number']));
      if (!pull) return errorAnswer(404, 'Not Found');
      return { status: 200, body: pullOf(exampleAnswer(GET_PULL, 200) as Example, pull) };
    },
    [LIST_PULLS]: (_match, query) => {
      const wanted = query.get('head');
      const [example] = exampleAnswer(LIST_PULLS, 200) as Example[];
      const found = state.pulls.filter(
        ({ state: word, head: { branch, repository } }) =>
          word === query.get('state') && [null, `${repository.split('/')[0]}:${branch}`].includes(wanted),
      );
      return { status: 200, body: found.map((pull) => pullOf(example ?? {}, pull)) };
    },
    [GET_RUN]: ({ parameters }) => {
      const run = state.runs.find((one) => one.id === Number(parameters['run_id']));
      if (!run) return errorAnswer(404, 'Not Found');
      const example = exampleAnswer(GET_RUN, 200) as Example;
      return {
        status: 200,
        body: {
          ...{ ...example, id: run.id, path: run.path, event: run.event, run_attempt: run.attempt },
          ...{ head_sha: run.headSha, head_branch: run.headBranch },
          head_repository: { ...(example['head_repository'] as Example), full_name: run.headRepository },
        },
      };
    },
    [LIST_ARTIFACTS]: ({ parameters }, query) => {
      const own = state.artifacts.filter(
        ({ runId, name }) =>
          runId === Number(parameters['run_id']) && (query.get('name') === null || query.get('name') === name),
      );
      const [example] = (exampleAnswer(LIST_ARTIFACTS, 200) as { artifacts: Example[] }).artifacts;
      const shown = ({ id, name, archive, expired, createdAt, saidBytes }: StoredArtifact) => ({
        ...{ ...example, id, name, expired, created_at: createdAt, size_in_bytes: saidBytes ?? archive.length },
      });
      return { status: 200, body: { total_count: own.length, artifacts: own.map(shown) } };
    },
    'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}': ({ parameters }) => {
      const artifact = state.artifacts.find((one) => one.id === Number(parameters['artifact_id']));
      if (!artifact) return errorAnswer(404, 'Not Found');
      if (artifact.expired) return errorAnswer(410, 'Artifact has expired');
      const location = `${new URL(url).origin}/blobs/${artifact.id}?sig=secret`;
      return { status: 302, body: undefined, headers: { location } };
    },
  };
}
