import { type FunctionConfig, NO_ENV } from '../../src/model/config.ts';

/** A function whose only interest is its build. */
export const fixtureFunction = (directory: string, build: string[]): FunctionConfig => ({
  name: 'fn',
  runtime: 'node',
  directory,
  handler: { file: 'fn.mjs', export: 'handler' },
  command: null,
  http: null,
  events: [],
  build,
  image: { kind: 'host' },
  buildNetwork: false,
  env: NO_ENV,
  problem: null,
  programs: [],
  exclude: [],
  expect: { kind: 'success' },
  deterministic: true,
  budgets: {},
});
