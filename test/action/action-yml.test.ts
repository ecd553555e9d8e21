import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readInputs } from '../../src/action/inputs.ts';

interface ActionYml {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
}

const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as ActionYml;
const workspace = mkdtempSync(`${tmpdir()}/isogate-inputs-`);
const temp = mkdtempSync(`${tmpdir()}/isogate-temp-`);
afterAll(() => {
  for (const path of [workspace, temp]) rmSync(path, { recursive: true });
});

const read = (over: Record<string, string> = {}, asked: string[] = []): ReturnType<typeof readInputs> =>
  readInputs(
    (name) => {
      asked.push(name);
      return over[name] ?? action.inputs[name]?.default ?? '';
    },
    { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temp },
  );

describe('action.yml', () => {
  it('declares each input that is read, and no other', () => {
    const asked: string[] = [];
    read({}, asked);
    expect([...new Set([...asked, 'github-token'])].sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it('has defaults that are accepted and mean what they say', () => {
    expect(read()).toEqual({
      workspace,
      workingDirectory: workspace,
      config: 'isogate.yml',
      outDir: `${workspace}/isogate-out`,
      baseline: 'git',
      mode: 'gate',
      timeBudgetMs: null,
      comment: 'always',
      name: null,
      functions: null,
      artifact: 'isogate',
      workflow: null,
      forks: 'refuse',
      approved: null,
    });
  });

  it('describes everything, and lets no input set a budget or an isolation', () => {
    for (const one of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(one.description).toMatch(/^[A-Za-z0-9].{20,}\.$/);
    }
    expect(Object.keys(action.inputs).join()).not.toMatch(/limit|isolation|fail|threshold|waive|label/);
  });

  it('runs the built files on Node 24 and always cleans up', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/index.js',
      post: 'dist/post.js',
      'post-if': 'always()',
    });
  });
});

describe('inputs', () => {
  it('resolve against the working directory', () => {
    expect(read({ out: 'o', baseline: '../b', 'time-budget': '20m', comment: 'never' })).toMatchObject({
      outDir: `${workspace}/o`,
      baseline: `${tmpdir()}/b`,
      timeBudgetMs: 1_200_000,
      comment: 'never',
    });
  });

  it.each([
    [{ 'working-directory': 'missing' }, /^input working-directory: .*missing.*accepted: an existing directory$/],
    [{ config: '/etc/passwd' }, /^input config: "\/etc\/passwd"; accepted: a path inside the workspace/],
    [{ 'time-budget': '0s' }, /^input time-budget: "0s"; accepted: a duration above zero/],
    [{ comment: 'Always' }, /^input comment: "Always"; accepted: always, on-change, on-fail, never$/],
    [{ mode: 'run' }, /^input mode: "run"; accepted: gate, measure, publish, merge, baseline$/],
    [{ name: 'a b' }, /^input name: "a b"; accepted: up to 100 letters/],
    [{ artifact: 'a/b' }, /^input artifact: "a\/b"; accepted: a name as actions\/upload-artifact takes it$/],
    [{ mode: 'publish' }, /^input workflow: ""; accepted: in mode publish the path of the workflow that measures/],
    [{ workflow: '../x.yml' }, /^input workflow: "\.\.\/x\.yml"; accepted: a path such as \.github\/workflows/],
    [{ functions: 'a' }, /^input functions: "a"; accepted: nothing in mode gate; only mode measure takes a part/],
    [{ forks: 'yes' }, /^input forks: "yes"; accepted: refuse, measure$/],
    [{ forks: 'measure' }, /^input forks: "measure"; accepted: refuse, since mode gate has a token that may write/],
    [{ 'pull-request': '7' }, /^input head-sha: ""; accepted: with pull-request, all 40 digits/],
    [{ 'head-sha': 'a'.repeat(40) }, /^input pull-request: ""; accepted: the number of a pull request, with head-sha$/],
    [{ 'pull-request': '7', 'head-sha': 'a'.repeat(12) }, /^input head-sha: "aaaaaaaaaaaa"; accepted: /],
  ])('%j is refused on one line', (over, message) => {
    expect(() => read(over)).toThrow(message);
  });

  it('take names of functions with commas and line breaks between them', () => {
    expect(read({ mode: 'measure', functions: ' a, b\nc\n' }).functions).toEqual(['a', 'b', 'c']);
  });

  it('out may also be in RUNNER_TEMP, and nowhere else', () => {
    expect(read({ out: `${temp}/a/b` }).outDir).toBe(`${temp}/a/b`);
    expect(read({ out: `${workspace}/a` }).outDir).toBe(`${workspace}/a`);
    for (const out of ['../o', '/etc/isogate-out', `${temp}-other`, 'a\0b']) {
      expect(() => read({ out })).toThrow(
        `input out: ${JSON.stringify(out)}; accepted: a directory inside the workspace ${workspace} or RUNNER_TEMP ${temp}`,
      );
    }
  });

  it('take no path through a link that a commit can hold, wherever it leads', () => {
    mkdirSync(`${workspace}/inside`);
    symlinkSync('/etc', `${workspace}/out-link`);
    symlinkSync('inside', `${workspace}/in-link`);
    symlinkSync('/nowhere', `${workspace}/dangling`);
    const message = 'accepted: a path of which no part is a symbolic link';
    for (const out of ['out-link', 'out-link/new', 'in-link/new', 'dangling', 'dangling/new']) {
      expect(() => read({ out })).toThrow(`input out: "${out}"; ${message}`);
    }
    expect(() => read({ 'working-directory': 'in-link' })).toThrow(`input working-directory: "in-link"; ${message}`);
    expect(read({ 'working-directory': 'inside', out: 'o' }).outDir).toBe(`${workspace}/inside/o`);
  });

  it('a workspace that is reached through a link is taken by its real path', () => {
    const link = `${temp}/link`;
    symlinkSync(workspace, link);
    const given: Record<string, string> = { out: `${link}/o`, comment: 'never' };
    const inputs = readInputs((name) => given[name] ?? '', { GITHUB_WORKSPACE: link });
    expect(inputs).toMatchObject({ workspace, workingDirectory: workspace, outDir: `${workspace}/o` });
  });
});
