import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { workflowProblems } from '../../scripts/lint-workflows.ts';
import { starterWorkflow } from '../../src/commands/init/starter-workflow.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-workflows-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = join(directory, 'w.yml');

const GOOD = `on: push
permissions: {}
concurrency: { group: g }
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: { persist-credentials: false }
      - uses: ./
        with: { mode: gate }
`;

async function problems(text: string): Promise<string> {
  writeFileSync(file, text);
  return (await workflowProblems(file)).join('\n').replaceAll(`${file}: `, '');
}

it('the script prints the problems, counts them, and fails if there are any', () => {
  writeFileSync(file, GOOD.replace('permissions: {}\n', ''));
  const { status, stdout, stderr } = spawnSync('scripts/lint-workflows', [file], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '1 workflows, 1 problems\n' });
  expect(stderr).toContain(`${file}: no permissions: at the top`);
});

it('has nothing to say of a good one', async () => {
  expect(await problems(GOOD)).toBe('');
});

it('has nothing to say of what isogate init prints', async () => {
  expect(await problems(starterWorkflow('services/api/isogate.yml'))).toBe('');
});

it.each([
  ['a word that GitHub does not know', ['steps:', 'stepss:'], /Unexpected value 'stepss'/],
  ['an action by its tag', [/@3d3c\w+ # v7.0.1/, '@v7'], /actions\/checkout@v7: not pinned by its commit/],
  ['a pin without its version', [' # v7.0.1', ''], /no comment that names its version/],
  ['a checkout that keeps the token', ['persist-credentials: false', 'fetch-depth: 1'], /persist-credentials: false/],
  ['no permissions', ['permissions: {}\n', ''], /no permissions: at the top/],
  ['no time-out', ['    timeout-minutes: 5\n', ''], /job a: no timeout-minutes/],
  [
    'a person’s words in a shell',
    ['uses: ./', 'run: echo $' + '{{ github.event.issue.title }}'],
    /a person’s words in run/,
  ],
  ['an input that the action does not have', ['mode: gate', 'modes: gate'], /\.\/ has no input modes/],
  ['pull_request_target', ['on: push', 'on: pull_request_target'], /pull_request_target/],
] as const)('objects to %s', async (_name, [from, to], problem) => {
  expect(await problems(GOOD.replace(from, to))).toMatch(problem);
});
