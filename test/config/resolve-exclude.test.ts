import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveExclude } from '../../src/config/resolve-exclude.ts';

let workspace: string;
beforeEach(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-exclude-')));
  mkdirSync(join(workspace, 'app'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const resolve = (exclude: string[], file?: string) => {
  const problems: string[] = [];
  const paths = { directory: join(workspace, 'app'), workspace, allowed: () => [] };
  const document = { exclude, ...(file !== undefined && { exclude_from: file }) };
  const patterns = resolveExclude(document, paths, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  return { patterns, problems };
};

it('a file’s patterns come before those of the list, without comments and empty lines', () => {
  writeFileSync(join(workspace, '.gitignore'), '# tools\nnode_modules\r\n\n  \n!keep.log\n');
  expect(resolve(['!node_modules'], '../.gitignore')).toEqual({
    patterns: ['node_modules', '!keep.log', '!node_modules'],
    problems: [],
  });
  expect(resolve(['/docs/'])).toEqual({ patterns: ['/docs/'], problems: [] });
});

it('a file that is not there, is too large or lies elsewhere is named', () => {
  expect(resolve([], 'none').problems).toEqual(['exclude_from: "none": no such file']);
  writeFileSync(join(workspace, 'app/large'), 'x\n'.repeat(40_000));
  expect(resolve([], 'large').problems).toEqual(['exclude_from: "large": 80000 bytes; accepted: at most 65536']);
  symlinkSync('/etc/hostname', join(workspace, 'app/away'));
  expect(resolve([], 'away').problems).toEqual([
    `exclude_from: "away": leads outside the workspace ${workspace}; accepted: a file inside it`,
  ]);
});
