import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import webhooks from '@octokit/webhooks-examples' with { type: 'json' };
import { afterAll, describe, expect, it } from 'vitest';
import { readEvent } from '../../src/github/read-event.ts';
import { refuseUntrusted } from '../../src/github/untrusted.ts';
import { BadInputError, NotMeasurableError } from '../../src/model/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-event-'));
afterAll(() => rmSync(directory, { recursive: true }));

const eventFile = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/events/${name}.json`, import.meta.url));

const envOf = (event: string, file = event): NodeJS.ProcessEnv => ({
  GITHUB_EVENT_NAME: event,
  GITHUB_EVENT_PATH: eventFile(file),
  GITHUB_REPOSITORY: 'acme/thumbs',
  GITHUB_ACTOR: 'mona',
  GITHUB_SHA: 'c'.repeat(40),
  GITHUB_RUN_ID: '99',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://github.example.com',
  GITHUB_API_URL: 'https://github.example.com/api/v3',
});

function written(payload: unknown): NodeJS.ProcessEnv {
  const path = join(directory, 'event.json');
  writeFileSync(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { ...envOf('pull_request'), GITHUB_EVENT_PATH: path };
}

describe('readEvent', () => {
  it('reads a pull request', () => {
    expect(readEvent(envOf('pull_request'))).toEqual({
      event: 'pull_request',
      owner: 'acme',
      repo: 'thumbs',
      actor: 'mona',
      ref: '',
      defaultBranch: 'main',
      sha: 'c'.repeat(40),
      change: { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40), baseRef: 'main' },
      pullRequest: { number: 7, headRepository: 'acme/thumbs', author: 'mona' },
      endedRunId: null,
      apiUrl: 'https://github.example.com/api/v3',
      serverUrl: 'https://github.example.com',
      runId: 99,
      runUrl: 'https://github.example.com/acme/thumbs/actions/runs/99',
      attempt: 2,
    });
  });

  it.each(['push', 'schedule', 'workflow_dispatch'])('runs on %s without a pull request', (event) => {
    expect(readEvent(envOf(event))).toMatchObject({ event, change: null, pullRequest: null });
  });

  it('takes head and base of a merge group, and comments on nothing', () => {
    expect(readEvent(envOf('merge_group'))).toMatchObject({
      change: { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40), baseRef: 'main' },
      pullRequest: null,
    });
  });

  it('takes nothing but the number of a workflow run that ended', () => {
    expect(readEvent(envOf('workflow_run'))).toMatchObject({ endedRunId: 98, change: null, pullRequest: null });
  });

  it.each([
    [
      'pull_request_target',
      /^event pull_request_target: refused, because it runs a pull request’s code with the base’s secrets/,
    ],
    [
      'issue_comment',
      /^event "issue_comment": not supported; accepted: pull_request, merge_group, push, schedule, workflow_dispatch, workflow_run$/,
    ],
    ['', /^event "": not supported/],
  ])('refuses %j', (event, message) => {
    expect(() => readEvent(envOf(event, 'push'))).toThrow(message);
    expect(() => readEvent(envOf(event, 'push'))).toThrow(BadInputError);
  });

  it.each([
    ['{', /event file .*event\.json: /],
    [{}, /pull_request: /],
    [
      { pull_request: { number: 7, user: { login: 'x' }, head: { sha: '--upload-pack=x', repo: null }, base: {} } },
      /pull_request\.head\.sha: not a commit id/,
    ],
  ])('names what is malformed in %j', (payload, message) => {
    expect(() => readEvent(written(payload))).toThrow(message);
  });

  it('says what is missing outside a workflow', () => {
    expect(() => readEvent({ ...envOf('pull_request'), GITHUB_EVENT_PATH: '' })).toThrow(/GITHUB_EVENT_PATH: not set/);
    expect(() => readEvent({ ...envOf('push'), GITHUB_REPOSITORY: 'acme' })).toThrow(
      'GITHUB_REPOSITORY "acme": accepted: OWNER/NAME',
    );
    expect(() => readEvent({ ...envOf('pull_request'), GITHUB_REPOSITORY: 'acme/other' })).toThrow(
      /pull request of acme\/thumbs, but this runs in acme\/other/,
    );
  });
});

describe('GitHub’s own examples of events', () => {
  const examples = (webhooks as unknown as { name: string; examples: Record<string, never>[] }[]).flatMap(
    ({ name, examples: all }) =>
      ['pull_request', 'merge_group', 'push', 'workflow_dispatch', 'workflow_run'].includes(name)
        ? all.map((example, index): [string, number, Record<string, { full_name: string }>] => [name, index, example])
        : [],
  );

  it.each(examples)('%s %i is read', (event, _index, example) => {
    const env = { ...written(example), GITHUB_EVENT_NAME: event, GITHUB_REPOSITORY: example['repository']?.full_name };
    const { change, pullRequest, endedRunId, defaultBranch } = readEvent(env);
    expect(change === null).toBe(!['pull_request', 'merge_group'].includes(event));
    expect(pullRequest === null).toBe(event !== 'pull_request');
    expect(endedRunId === null).toBe(event !== 'workflow_run');
    expect(defaultBranch).toMatch(/^\w+$/);
  });

  it('are many', () => {
    expect(examples.length).toBeGreaterThan(30);
  });
});

describe('refuseUntrusted', () => {
  const refusal =
    (file: string, over: NodeJS.ProcessEnv = {}) =>
    (): void =>
      refuseUntrusted(readEvent({ ...envOf('pull_request', file), ...over }));

  it('lets the repository’s own pull requests and other events through', () => {
    expect(refusal('pull_request')).not.toThrow();
    expect(() => refuseUntrusted(readEvent(envOf('push')))).not.toThrow();
  });

  it.each([
    [
      'pull_request-fork',
      {},
      /^pull request #7 comes from the fork eve\/thumbs: its code was not run on this machine\./,
    ],
    ['pull_request-deleted-fork', {}, /comes from a deleted fork/],
    ['pull_request-dependabot', {}, /comes from Dependabot/],
    ['pull_request', { GITHUB_ACTOR: 'dependabot[bot]' }, /comes from Dependabot/],
  ])('stops %s %j', (file, over, message) => {
    expect(refusal(file, over)).toThrow(message);
    expect(refusal(file, over)).toThrow(NotMeasurableError);
  });

  it('tells a maintainer the commands, with the exact commit', () => {
    expect(refusal('pull_request-fork')).toThrow(
      `gh workflow run WORKFLOW -f pull-request=7 -f head-sha=${'a'.repeat(40)}`,
    );
  });
});
