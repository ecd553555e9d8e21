import { readFile } from 'node:fs/promises';

/** The events of a function; one, `{}`, where it names none. */
export async function readEvents(paths: string[]): Promise<unknown[]> {
  if (paths.length === 0) return [{}];
  return Promise.all(paths.map(async (path) => JSON.parse(await readFile(path, 'utf8'))));
}
