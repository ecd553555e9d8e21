import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readInputs } from '../../src/action-inputs.ts';

interface ActionYml {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
}

const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as ActionYml;
const workspace = mkdtempSync(`${tmpdir()}/isogate-inputs-`);
afterAll(() => rmSync(workspace, { recursive: true }));

const read = (over: Record<string, string> = {}, asked: string[] = []): ReturnType<typeof readInputs> =>
  readInputs(
    (name) => {
      asked.push(name);
      return over[name] ?? action.inputs[name]?.default ?? '';
    },
    { GITHUB_WORKSPACE: workspace },
  );

describe('action.yml', () => {
  it('declares each input that is read, and no other', () => {
    const asked: string[] = [];
    read({}, asked);
    expect([...new Set([...asked, 'github-token'])].sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it('has defaults that are accepted and mean what they say', () => {
    expect(read()).toEqual({
      workingDirectory: workspace,
      config: 'isogate.yml',
      outDir: `${workspace}/isogate-out`,
      baselineDir: null,
      timeBudgetMs: null,
      comment: 'always',
    });
  });

  it('describes everything, and lets no input set a budget or an isolation', () => {
    for (const one of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(one.description).toMatch(/^[A-Za-z0-9].{20,}\.$/);
    }
    expect(Object.keys(action.inputs).join()).not.toMatch(/limit|isolation|fail|threshold/);
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
      baselineDir: `${tmpdir()}/b`,
      timeBudgetMs: 1_200_000,
      comment: 'never',
    });
  });

  it.each([
    [{ 'working-directory': 'missing' }, /^input working-directory: .*missing.*accepted: an existing directory$/],
    [{ config: '/etc/passwd' }, /^input config: "\/etc\/passwd"; accepted: a path inside the workspace/],
    [{ 'time-budget': '0s' }, /^input time-budget: "0s"; accepted: a duration above zero/],
    [{ comment: 'Always' }, /^input comment: "Always"; accepted: always, on-fail, never$/],
  ])('%j is refused on one line', (over, message) => {
    expect(() => read(over)).toThrow(message);
  });
});
