import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionConfig } from '../../src/model/config.ts';

/** What asks a registry for something small, by the word of a build that shows which one it needs. */
const PROBES: Record<string, (directory: string) => string[]> = {
  pip: (directory) => ['python3', '-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', directory, 'six==1.16.0'],
  npm: () => ['npm', 'view', 'is-number', 'version'],
};

const known = new Map<string, string | null>();

const ask = (registry: string, probe: (directory: string) => string[]): string | null => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-registry-'));
  try {
    const [program = '', ...args] = probe(directory);
    const { status } = spawnSync(program, args, { stdio: 'ignore', timeout: 60_000 });
    return status === 0 ? null : `the registry of ${registry} cannot be reached from here`;
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** Why a function's build cannot get its packages here; null where it can, or needs none. */
export function missingRegistry({
  build,
  buildNetwork,
}: Pick<FunctionConfig, 'build' | 'buildNetwork'>): string | null {
  if (!buildNetwork || build === null) return null;
  const registry = Object.keys(PROBES).find((name) => build.join(' ').includes(name));
  if (registry === undefined) return null;
  if (!known.has(registry)) known.set(registry, ask(registry, PROBES[registry] as (directory: string) => string[]));
  return known.get(registry) ?? null;
}
