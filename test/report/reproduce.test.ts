import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeReproduction } from '../../src/action/reproduction.ts';
import { renderReport } from '../../src/report/render-report.ts';
import { git } from '../support/git-repo.ts';
import { fixture } from './fixture.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-reproduce-')));
afterAll(() => rmSync(root, { recursive: true }));

const SHA = 'c'.repeat(40);
const context = {
  ...{ event: 'pull_request', owner: 'acme', repo: 'thumbs', actor: 'mona', ref: '', defaultBranch: 'main', sha: SHA },
  ...{ change: null, pullRequest: null, endedRunId: null, apiUrl: '', serverUrl: 'https://github.com' },
  ...{ runId: 99, runUrl: null, attempt: 2 },
};
const BASE = 'b'.repeat(40);
const describeIn = (directory: string, env: NodeJS.ProcessEnv = {}) =>
  describeReproduction(
    context,
    { workspace: '/w', workingDirectory: join('/w', directory) },
    { base: BASE, text: 'name: a\n' },
    join(directory, 'isogate.yml'),
    env,
  );

/** The commands in a report. */
const commandsOf = (place: Parameters<typeof renderReport>[0]['place']): string => {
  const input = fixture('pass');
  const report = renderReport({ ...input, ...(place && { place }) });
  return /How to reproduce this locally<\/summary>\n\n```text\n([\s\S]*?)\n```/.exec(report)?.[1] ?? '';
};

it('the commands begin with nothing, and end with the verdict', () => {
  const env = { GITHUB_ACTION_REPOSITORY: 'isogate/isogate', GITHUB_ACTION_REF: 'v1' };
  const checkout = describeIn('packages/a', env);
  const place = { configPath: 'isogate.yml', outDir: 'isogate-out', baseline: 'git', checkout };
  expect(commandsOf(place).split('\n')).toEqual([
    '# on a machine like the runner’s, with Node 20 or newer and root:',
    'mkdir isogate-99-2 && cd isogate-99-2',
    'git clone https://github.com/isogate/isogate isogate && git -C isogate checkout --quiet v1',
    'git clone https://github.com/acme/thumbs measured && cd measured',
    `git fetch --quiet origin ${SHA} && git checkout --quiet ${SHA}`,
    `git checkout --quiet ${BASE} -- packages/a/isogate.yml # the configuration that decided`,
    'cd packages/a',
    'sudo node ../../../isogate/dist/cli.js gate --baseline git --seed 42',
    '# decide again from its raw samples:',
    'node ../../../isogate/dist/cli.js replay isogate-out/samples.jsonl',
  ]);
});

it('an Action of a directory comes from its own repository', () => {
  expect(describeIn('.').tool).toEqual({ url: 'https://github.com/isogate/isogate', revision: 'v1' });
  expect(describeIn('.').directory).toBe('');
});

describe('pasted into a shell', () => {
  /** A program in the place of Isogate, which tells where and with what it was started. */
  const TOLD = 'console.log(process.cwd(), process.argv.slice(2).join(" "));\n';
  const repository = (name: string, files: Record<string, string>): string => {
    const directory = join(root, name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(directory, file, '..'), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    git(directory, 'init', '--quiet', '--initial-branch=main');
    git(directory, 'add', '.');
    git(directory, 'commit', '--quiet', '-m', name);
    return directory;
  };

  it.each(['', 'packages/a'])('they measure the merge commit by the configuration of the base, in %j', (directory) => {
    const name = directory === '' ? 'top' : 'below';
    const tool = repository(`${name}-tool`, { 'dist/cli.js': TOLD });
    git(tool, 'tag', 'v1');
    const file = join(directory, 'isogate.yml');
    const change = repository(`${name}-change`, { [file]: 'base\n' });
    const base = git(change, 'rev-parse', 'HEAD');
    git(change, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    git(change, 'switch', '--quiet', '--detach');
    writeFileSync(join(change, file), 'head\n');
    git(change, 'commit', '--quiet', '-am', 'merge');
    const merge = git(change, 'rev-parse', 'HEAD');
    git(change, 'switch', '--quiet', 'main');
    // No branch has it, as no branch has GitHub's merge commit.
    const checkout = {
      ...{ key: name, url: `file://${change}`, commit: merge, configFrom: { commit: base, file }, directory },
      tool: { url: `file://${tool}`, revision: 'v1' },
    };
    const bin = join(root, `${name}-bin`);
    mkdirSync(bin);
    writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n');
    chmodSync(join(bin, 'sudo'), 0o755);
    const commands = commandsOf({ configPath: 'isogate.yml', outDir: 'isogate-out', checkout });
    const script = `set -e\n${commands}\ngit rev-parse HEAD; cat isogate.yml\n`;
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    const told = execFileSync('sh', ['-c', script], {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const place = join(root, `isogate-${name}/measured`, directory);
    expect(told.trimEnd().split('\n')).toEqual([
      `${place} gate --seed 42`,
      `${place} replay isogate-out/samples.jsonl`,
      merge,
      'base',
    ]);
  });
});
