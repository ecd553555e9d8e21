import type { BaselineRecord, Warning } from '../types.ts';
import { openDirectoryStore } from './directory-store.ts';

/** All records of one gate; none, without a word, where no store was named. @throws BadInputError */
export async function readBaseline(
  dir: string | null,
  gate: string,
): Promise<{ records: BaselineRecord[]; warnings: Warning[] }> {
  if (dir === null) return { records: [], warnings: [] };
  return (await openDirectoryStore(dir)).read(gate);
}
