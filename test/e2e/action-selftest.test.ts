/** What the workflow selftest.yml does on GitHub, here: the action from the checkout decides on recorded samples. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createWorkspace, runAction } from '../support/action-run.ts';
import { type GithubServer, startGithubServer } from '../support/github-server.ts';

interface Step {
  uses?: string;
  with?: Record<string, string>;
}

let server: GithubServer;
beforeEach(async () => {
  server = await startGithubServer();
});
afterEach(() => server.close());

it('passes, with a check and its report', async () => {
  const { jobs } = parse(readFileSync('.github/workflows/selftest.yml', 'utf8')) as {
    jobs: { selftest: { steps: Step[] } };
  };
  const step = jobs.selftest.steps.find(({ uses }) => uses === './');
  const workspace = createWorkspace(null, 'name: other\n');
  mkdirSync(join(workspace.directory, 'fixtures'));
  cpSync('fixtures/selftest', join(workspace.directory, 'fixtures/selftest'), { recursive: true });
  execFileSync('scripts/selftest-samples', [workspace.merge, join(workspace.directory, 'isogate-out/part')], {
    env: { ...process.env, GITHUB_REPOSITORY: 'acme/thumbs', GITHUB_RUN_ID: '99' },
  });
  const { code, log, outputs } = await runAction(workspace, server, {
    ...{ node: () => process.execPath, event: 'push', inputs: step?.with ?? {} },
  });
  expect({ code, log }).toMatchObject({ code: 0 });
  expect(outputs).toMatchObject({ verdict: 'pass' });
  expect(readFileSync(outputs['report-path'] ?? '', 'utf8')).toContain('### ✅ Isogate selftest: pass');
  expect(server.checks).toMatchObject([{ name: 'isogate / selftest', conclusion: 'success' }]);
  expect(server.violations).toEqual([]);
  workspace.remove();
});
