import { type FunctionConfig, PLAIN_FUNCTION } from '../../src/model/config.ts';

/** A function whose only interest is its build. */
export const fixtureFunction = (directory: string, build: string[]): FunctionConfig => ({
  ...PLAIN_FUNCTION,
  name: 'fn',
  runtime: 'node',
  directory,
  handler: { file: 'fn.mjs', export: 'handler' },
  build,
});
