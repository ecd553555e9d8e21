import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type FunctionConfig, PLAIN_FUNCTION, type Resources } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';

export const RESOURCES: Resources = {
  cpus: 1,
  memoryBytes: 256 * 2 ** 20,
  guestOverheadBytes: 64 * 2 ** 20,
  tmpBytes: 512 * 2 ** 20,
};
const ROOT = join(import.meta.dirname, '../..');
const AGENT = join(ROOT, 'dist/guest/agent');

/** A directory of its own for a test, with a cache, the agent and the language runtimes in it. */
export interface Workshop {
  dir: string;
  cacheDir: string;
  guestDir: string;
  lines: string[];
  log: (line: string) => void;
  remove: () => void;
}

export function openWorkshop(): Workshop {
  const dir = mkdtempSync(join(tmpdir(), 'isogate-image-'));
  chmodSync(dir, 0o755);
  const guestDir = join(dir, 'guest');
  mkdirSync(guestDir);
  // Only tests that start an instance need the agent; the others run from a checkout that was never built.
  if (existsSync(AGENT)) copyFileSync(AGENT, join(guestDir, 'agent'));
  for (const name of ['runtime.mjs', 'runtime.py']) copyFileSync(join(ROOT, 'src/guest', name), join(guestDir, name));
  const lines: string[] = [];
  return {
    ...{ dir, guestDir, lines, cacheDir: join(dir, 'cache') },
    log: (line) => lines.push(line),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Writes files below a directory; a name that ends in `!` is executable. */
export function writeTree(dir: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = join(dir, name.replace(/!$/, ''));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: name.endsWith('!') ? 0o755 : 0o644 });
  }
  return dir;
}

export const functionConfig = (directory: string, more: Partial<FunctionConfig>): FunctionConfig => ({
  ...PLAIN_FUNCTION,
  name: 'fn',
  runtime: 'node',
  directory,
  ...more,
});

export interface Answers {
  lines: Record<string, unknown>[];
  stderr: string;
  exitCode: number | undefined;
}

let runs = 0;

/** One run of an image by an OCI runtime's own command line; the channel is closed after the requests. */
export async function runBundle(
  shop: Workshop,
  image: FunctionImage,
  events: unknown[],
  runtime: string[] = ['runc'],
): Promise<Answers> {
  const id = `isogate-image-test-${process.pid}-${++runs}`;
  const bundle = join(shop.dir, id);
  const config = JSON.parse(readFileSync(join(image.bundleDir, 'config.json'), 'utf8'));
  mkdirSync(bundle);
  writeFileSync(
    join(bundle, 'config.json'),
    JSON.stringify({ ...config, linux: { ...config.linux, cgroupsPath: `/${id}` } }),
  );
  const [file = '', ...flags] = [...runtime, '--root', join(shop.dir, 'state')];
  const input = events.map((event, index) => `${JSON.stringify({ id: index + 1, event, repeat: 1 })}\n`).join('');
  const child = await execa(file, [...flags, 'run', '--bundle', bundle, id], { input, reject: false, timeout: 30_000 });
  const lines = child.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { lines, stderr: child.stderr, exitCode: child.exitCode };
}

export const resultsOf = (answers: Answers): unknown[] =>
  answers.lines.filter((line) => 'id' in line).map((line) => (line['ok'] ? line['result'] : line['error']));
