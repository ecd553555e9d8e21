import { expect, it } from 'vitest';
import { takeSecrets } from '../../src/github/take-secrets.ts';

it('returns the token and leaves no credential behind', () => {
  const env: NodeJS.ProcessEnv = {
    'INPUT_GITHUB-TOKEN': ' ghs_secret ',
    GITHUB_TOKEN: 'ghs_secret',
    GH_TOKEN: 'ghs_secret',
    ACTIONS_RUNTIME_TOKEN: 'x',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
    ACTIONS_CACHE_URL: 'x',
    INPUT_CONFIG: 'isogate.yml',
    GITHUB_OUTPUT: '/tmp/out',
    PATH: '/bin',
  };
  expect(takeSecrets(env)).toBe('ghs_secret');
  expect(env).toEqual({ INPUT_CONFIG: 'isogate.yml', GITHUB_OUTPUT: '/tmp/out', PATH: '/bin' });
  expect(takeSecrets(env)).toBe('');
});
