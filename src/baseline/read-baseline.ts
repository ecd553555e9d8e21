import { existsSync } from 'node:fs';
import type { BaselineRecord, Warning } from '../types.ts';
import { openDirectoryStore } from './directory-store.ts';

/** All records of one gate; none, without a word, where no store was named. @throws BadInputError */
export async function readBaseline(
  dir: string | null,
  gate: string,
): Promise<{ records: BaselineRecord[]; warnings: Warning[] }> {
  if (dir === null) return { records: [], warnings: [] };
  const store = await openDirectoryStore(dir);
  if (existsSync(dir)) return store.read(gate);
  const message = `the baseline directory ${dir} does not exist (yet): isogate baseline record SAMPLES --store ${dir} makes it`;
  return { records: [], warnings: [{ code: 'no-baseline-directory', message }] };
}
