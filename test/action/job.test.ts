import { expect, it } from 'vitest';
import { chooseCacheDir } from '../../src/action/job.ts';
import type { EventContext } from '../../src/github/read-event.ts';

const push: EventContext = {
  ...{ event: 'push', owner: 'acme', repo: 'thumbs', actor: 'mona', ref: 'refs/heads/main', defaultBranch: 'main' },
  ...{ sha: 'a'.repeat(40), change: null, pullRequest: null, endedRunId: null, apiUrl: '', serverUrl: '' },
  ...{ runId: 1, runUrl: null, attempt: 1 },
};
const change = { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40), baseRef: 'main' };
const pull = (headRepository: string | null): EventContext => ({
  ...{ ...push, event: 'pull_request', ref: 'refs/pull/7/merge', change },
  pullRequest: { number: 7, headRepository, author: 'eve' },
});

it.each([
  ['the default branch', push, 'default-branch'],
  ['a schedule', { ...push, event: 'schedule', ref: '' }, 'default-branch'],
  ['another branch', { ...push, ref: 'refs/heads/x' }, 'change'],
  ['a merge group', { ...push, event: 'merge_group', change }, 'change'],
  ['a pull request', pull('acme/thumbs'), 'change'],
  ['a fork', pull('eve/thumbs'), 'untrusted'],
  ['a deleted fork', pull(null), 'untrusted'],
])('%s has a cache of its own', (_name, context, level) => {
  expect(chooseCacheDir({}, context, { isRoot: true, isApproved: false })).toBe(
    `/var/cache/isogate/repositories/acme/thumbs/${level}`,
  );
});

it('is the runner’s own where it is not root’s', () => {
  expect(chooseCacheDir({ RUNNER_TOOL_CACHE: '/tools' }, push, { isRoot: false, isApproved: false })).toBe(
    '/tools/isogate-cache/repositories/acme/thumbs/default-branch',
  );
});

it('of a pull request that was approved is that of untrusted code, although the event is the default branch’s', () => {
  const dispatch = { ...push, event: 'workflow_dispatch' };
  expect(chooseCacheDir({}, dispatch, { isRoot: true, isApproved: true })).toMatch(/\/untrusted$/);
});
