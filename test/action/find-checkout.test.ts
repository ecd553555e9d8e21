import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCheckout } from '../../src/action/find-checkout.ts';
import { createRepo } from '../support/git-repo.ts';

let workspace: string;
beforeEach(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-checkout-')));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const repository = (...place: string[]): string =>
  createRepo(join(workspace, ...place)).commit({ 'isogate.yml': place.join() }, `of ${place.join()}`);
const find = (directory: string, sha: string, headSha = sha, config = 'isogate.yml') =>
  findCheckout(
    { workspace, workingDirectory: join(workspace, directory), config, approved: null },
    { sha, change: { headSha, baseSha: 'b'.repeat(40), baseRef: 'main' } },
  );

it('is the workspace itself, wherever in it the configuration is', async () => {
  const sha = repository();
  mkdirSync(join(workspace, 'packages/a'), { recursive: true });
  expect(await find('.', sha)).toBe(workspace);
  expect(await find('packages/a', sha)).toBe(workspace);
});

it('is where actions/checkout put it by its path', async () => {
  const sha = repository('repo');
  expect(await find('repo', sha)).toBe(join(workspace, 'repo'));
  expect(await find('.', sha, sha, 'repo/isogate.yml')).toBe(join(workspace, 'repo'));
});

it('is not a submodule, which a change can add', async () => {
  const sha = repository();
  repository('packages', 'a');
  expect(await find('packages/a', sha)).toBe(workspace);
  // The workflow may have checked out the head of the pull request.
  expect(await find('packages/a', 'c'.repeat(40), sha)).toBe(workspace);
});

it('is the inner one where another repository lies around it', async () => {
  repository();
  const sha = repository('own');
  expect(await find('own', sha)).toBe(join(workspace, 'own'));
});

it('is refused where nobody knows which of several it is', async () => {
  repository();
  repository('own');
  await expect(find('own', 'c'.repeat(40))).rejects.toThrow(
    `${workspace}, ${join(workspace, 'own')}: several repositories are around the configuration, and none of them has cccccccc`,
  );
});

it('is refused where nothing is checked out', async () => {
  writeFileSync(join(workspace, 'isogate.yml'), '');
  await expect(find('.', 'c'.repeat(40))).rejects.toThrow(
    `nothing is checked out in ${workspace}: put a step with actions/checkout (with fetch-depth: 2) before this one, and name its path in working-directory where it has one`,
  );
});
