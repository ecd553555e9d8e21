/** Opens a store by the name that the user gives it. */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { findWorkspace } from '../config/workspace.ts';
import { openObjectReader, readOriginUrl } from '../git/object-reader.ts';
import { openOwnRepository } from '../git/own-repository.ts';
import { openScratchDirectory } from '../lib/scratch-directory.ts';
import type { BaselineStore } from '../model/baseline.ts';
import type { Env } from '../model/env.ts';
import { BadInputError } from '../model/errors.ts';
import type { GitRemote } from '../model/git.ts';
import { openBranchStore } from './branch-store.ts';
import { openDirectoryStore } from './directory-store.ts';

const DEFAULT_BRANCH = 'isogate-baselines';
/** Branch names that git accepts and that no option looks like: a subset of git-check-ref-format(1). */
const BRANCH = /^(?!.*(\.\.|\/\/|\.lock$|\/$))[A-Za-z0-9][\w./-]{0,199}$/;

export interface StoreOptions {
  /** `git`, `git:BRANCH`, or a directory. */
  store: string;
  /** Whose remote `origin` holds the branch, where `remote` is null. */
  workspace: string;
  remote: GitRemote | null;
}

export type StoreEnv = Pick<Env, 'cacheDir' | 'log' | 'signal'>;

export interface OpenStore {
  store: BaselineStore;
  close(): Promise<void>;
}

export const isBranchStore = (store: string): boolean => store === 'git' || store.startsWith('git:');

/** @throws BadInputError where it is no directory, or there is no remote */
export async function openStore(
  { store, workspace, remote }: StoreOptions,
  { cacheDir, log, signal }: StoreEnv,
): Promise<OpenStore> {
  if (!isBranchStore(store)) return { store: await openDirectoryStore(store), close: async () => {} };
  const branch = store === 'git' ? DEFAULT_BRANCH : store.slice('git:'.length);
  if (!BRANCH.test(branch))
    throw new BadInputError(`store ${JSON.stringify(store)}: no branch; accepted: git, git:BRANCH, or a directory`);
  const url = remote?.url ?? (await readOriginUrl(openObjectReader(workspace)));
  if (!url)
    throw new BadInputError(
      `store ${store}: ${workspace} has no git remote called origin; accepted: a repository with one, or a directory as the store`,
    );
  const directory = openScratchDirectory(cacheDir, log);
  try {
    const from = remote ?? { url };
    const repository = await openOwnRepository(join(await directory.path(), 'baselines.git'), from, signal);
    const remoteName = remote === null ? 'origin' : new URL(url).pathname.replace(/^\//, '');
    return { store: openBranchStore({ repository, remote: from, branch, remoteName }), close: directory.remove };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

/**
 * Opens a store for one piece of work and closes it afterwards.
 * @param directory whose repository has the remote of a branch @throws BadInputError where there is no such store
 */
export async function withStore<T>(
  name: string,
  directory: string,
  env: StoreEnv,
  use: (store: BaselineStore) => Promise<T>,
): Promise<T> {
  const workspace = findWorkspace(directory, realpathSync(directory)).root;
  const { store, close } = await openStore({ store: name, workspace, remote: null }, env);
  try {
    return await use(store);
  } finally {
    await close();
  }
}
