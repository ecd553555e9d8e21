import { expect, test } from 'vitest';
import { fromEnvironment, takeFromRunner } from '../../src/gate/runner-env.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import { functionConfig } from '../image/workshop.ts';

const FUNCTION = functionConfig('/fn', { env: { literal: { STAGE: 'prod' }, fromRunner: ['KEY', 'URL'], taken: {} } });
const take = (env: NodeJS.ProcessEnv, of: FunctionConfig = FUNCTION): FunctionConfig =>
  takeFromRunner(of, fromEnvironment(env), 'isogate.yml');

test('only the names that are listed are taken', () => {
  const { env, problem } = take({ KEY: 'k', URL: '', OTHER: 'o', STAGE: 'x' });
  expect(env).toEqual({ literal: { STAGE: 'prod' }, fromRunner: ['KEY', 'URL'], taken: { KEY: 'k', URL: '' } });
  expect(problem).toBe(null);
});

test('a name that is not set, or too long a value, is that function’s problem', () => {
  expect(take({ KEY: 'k' })).toMatchObject({
    env: { taken: {} },
    problem:
      'isogate.yml: functions.fn.env.from_runner: URL is not set where Isogate runs; set it there (env: of the step), or remove it',
  });
  expect(take({ KEY: 'k'.repeat(40_000), URL: 'u' }).problem).toBe(
    'isogate.yml: functions.fn.env.from_runner: 40007 bytes together; accepted: at most 32 KiB',
  );
});

test('a value that is withheld is named with the reason', () => {
  expect(takeFromRunner(FUNCTION, { withheld: 'this is code of the fork a/b' }, 'isogate.yml')).toMatchObject({
    env: { taken: {} },
    problem: 'isogate.yml: functions.fn.env.from_runner: KEY, URL: not given, because this is code of the fork a/b',
  });
  const plain = functionConfig('/fn', {});
  expect(takeFromRunner(plain, { withheld: 'of a reason' }, 'isogate.yml')).toBe(plain);
});
