import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const directory = join(import.meta.dirname, '../../examples/workflows');

it('every example that judges pull requests does so again where one is moved to another branch', () => {
  const judging = readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const { on } = parse(readFileSync(join(directory, name), 'utf8')) as {
        on: Record<string, { types?: string[] } | null>;
      };
      return 'pull_request' in on ? [[name, on['pull_request']?.types]] : [];
    });
  const types = ['opened', 'synchronize', 'reopened', 'edited'];
  expect(judging).toEqual([
    ['isogate.yml', types],
    ['measure.yml', types],
    ['parts.yml', types],
  ]);
});
