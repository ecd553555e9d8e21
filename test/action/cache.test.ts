import { expect, it } from 'vitest';
import { cacheDirectory } from '../../src/action/cache.ts';
import type { EventContext } from '../../src/github/read-event.ts';

const push: EventContext = {
  ...{ event: 'push', owner: 'acme', repo: 'thumbs', actor: 'mona', ref: 'refs/heads/main', defaultBranch: 'main' },
  ...{ sha: 'a'.repeat(40), change: null, pullRequest: null, endedRunId: null, apiUrl: '', serverUrl: '' },
  ...{ runId: 1, runUrl: null, attempt: 1 },
};
const change = { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40) };
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
  ['a fork', pull('eve/thumbs'), 'stranger'],
  ['a deleted fork', pull(null), 'stranger'],
])('%s has a cache of its own', (_name, context, level) => {
  expect(cacheDirectory({}, context, { isRoot: true, isApproved: false })).toBe(
    `/var/cache/isogate/repositories/acme/thumbs/${level}`,
  );
});

it('is the runner’s own where it is not root’s', () => {
  expect(cacheDirectory({ RUNNER_TOOL_CACHE: '/tools' }, push, { isRoot: false, isApproved: false })).toBe(
    '/tools/isogate-cache/repositories/acme/thumbs/default-branch',
  );
});

it('of a pull request that was approved is a stranger’s, although the event is the default branch’s', () => {
  const dispatch = { ...push, event: 'workflow_dispatch' };
  expect(cacheDirectory({}, dispatch, { isRoot: true, isApproved: true })).toMatch(/\/stranger$/);
});
