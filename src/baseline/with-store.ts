/** Flow part: a store opened for one piece of work, and gone after it. */

import { realpathSync } from 'node:fs';
import { findWorkspace } from '../config/workspace.ts';
import type { BaselineStore } from '../model/baseline.ts';
import { openStore, type StoreOptions } from './open-store.ts';

export interface StorePlace extends Omit<StoreOptions, 'workspace' | 'remote'> {
  /** Of whose repository the remote is taken. */
  directory: string;
}

/** @throws BadInputError where there is no such store */
export async function withStore<T>(place: StorePlace, use: (store: BaselineStore) => Promise<T>): Promise<T> {
  const { directory, ...options } = place;
  const workspace = findWorkspace(directory, realpathSync(directory)).root;
  const { store, close } = await openStore({ ...options, workspace, remote: null });
  try {
    return await use(store);
  } finally {
    await close();
  }
}
