import { expect, test } from 'vitest';
import { readAllowedPaths } from '../../src/config/allowed-paths.ts';

test('no file allows nothing', () => {
  expect(readAllowedPaths('/nonexistent/allow.yml')).toEqual([]);
});
