import { expect, it, test } from 'vitest';
import { chooseRunnerEnv } from '../../src/action/runner-env.ts';
import type { RunnerEnv } from '../../src/gate/runner-env.ts';
import type { EventContext } from '../../src/github/read-event.ts';

const CHANGE = { baseSha: 'b', headSha: 'h' };
const PULL_REQUEST = { number: 7, headRepository: 'acme/api', author: 'ann' };

const choose = (
  { change = CHANGE, pullRequest = PULL_REQUEST, actor = 'ann' }: Record<string, unknown>,
  text: string | null = 'functions: {}',
): RunnerEnv =>
  chooseRunnerEnv(
    { owner: 'acme', repo: 'api', change, pullRequest, actor } as unknown as EventContext,
    { text },
    { KEY: 'from-the-runner' },
  );

const lookUp = (runner: RunnerEnv): string | null => ('withheld' in runner ? runner.withheld : runner.lookUp('KEY'));

it.each<[string, Record<string, unknown>, string | null]>([
  ['a push', { change: null, pullRequest: null }, null],
  ['a pull request of the repository, by its base’s configuration', {}, 'functions: {}'],
  ['a merge group', { pullRequest: null }, 'functions: {}'],
])('%s gets values', (_, context, text) => {
  expect(lookUp(choose(context, text))).toBe('from-the-runner');
});

it.each<[string, Record<string, unknown>, string | null, string]>([
  [
    'a fork',
    { pullRequest: { ...PULL_REQUEST, headRepository: 'eve/api' } },
    'functions: {}',
    'this is code of the fork eve/api',
  ],
  [
    'a deleted fork',
    { pullRequest: { ...PULL_REQUEST, headRepository: null } },
    'functions: {}',
    'this is code of a deleted fork',
  ],
  ['Dependabot', { actor: 'dependabot[bot]' }, 'functions: {}', 'this is code of Dependabot'],
  [
    'a pull request whose own configuration is the first',
    {},
    null,
    'only the configuration on the base may name them, and the base has none yet',
  ],
])('%s gets none', (_, context, text, why) => {
  expect(lookUp(choose(context, text))).toBe(why);
});

test('a name that is not set has no value', () => {
  const runner = choose({});
  expect('withheld' in runner || runner.lookUp('OTHER')).toBe(null);
});
