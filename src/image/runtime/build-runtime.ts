import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { digestJson } from '../../lib/digest.ts';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import { type Cached, useCached } from '../cache/use-cached.ts';
import { runConfined } from '../confine/confined.ts';
import type { Limits } from '../confine/limits.ts';
import { viewForQuestion } from '../confine/views.ts';
import { digestFile } from '../tree/digest-tree.ts';
import { listTree, type TreeEntry } from '../tree/list-tree.ts';
import { sealTree } from '../tree/seal-tree.ts';
import type { RuntimePlan } from './find-runtimes.ts';
import { placeHostFile, placeLink } from './place-host-file.ts';

/** To be raised when the same inputs shall give another tree. */
const FORMAT = 1;
const COMPILE_LIMITS: Limits = {
  wallMs: 10 * 60_000,
  memoryBytes: 2 * 2 ** 30,
  processes: 128,
  fileBytes: 2 ** 28,
  outputBytes: 2 ** 20,
};

export interface BuildOptions {
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** The part of a root file system that comes from this machine, shared by all functions of one runtime. */
export const buildRuntime = (plan: RuntimePlan, options: BuildOptions): Promise<Cached> =>
  buildLayer(
    { ...plan, files: [...plan.files, ...baseFiles()], title: `runtime ${plan.name} ${plan.version}` },
    options,
  );

/** Files of this machine at their own paths, with what links lead to. */
export async function buildLayer(
  plan: Pick<RuntimePlan, 'files' | 'links' | 'compile'> & { title: string },
  options: BuildOptions,
): Promise<Cached> {
  const files = [...new Set(plan.files)].sort();
  return useCached({
    kind: 'runtime',
    key: digestJson({ format: FORMAT, files: await identifyFiles(files), compile: plan.compile, links: plan.links }),
    cacheDir: options.cacheDir,
    title: plan.title,
    log: options.log,
    async build(into) {
      await placeAll(into, files);
      for (const [name, target] of Object.entries(plan.links)) placeOnPath(into, name, target);
      if (plan.compile) await compilePython(into, plan.compile, options);
      sealTree(into);
    },
  });
}

/** Path, target and content of each file. For a link to nothing or to a directory only its path counts. */
async function identifyFiles(files: string[]): Promise<string[]> {
  const identities: string[] = [];
  for (const file of files) {
    identities.push(identifyFile(file));
    if (identities.length % 64 === 0) await setImmediate();
  }
  return identities;
}

function identifyFile(file: string): string {
  try {
    const real = realpathSync.native(file);
    return lstatSync(real).isFile() ? `${file} ${real} ${digestFile(real)}` : `${file} ${real}`;
  } catch {
    return file;
  }
}

async function placeAll(rootfs: string, files: string[]): Promise<void> {
  for (const [index, file] of files.entries()) {
    try {
      placeHostFile(rootfs, file);
    } catch (error) {
      // Distributions ship links to files of packages that are not installed.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (index % 64 === 0) await setImmediate();
  }
}

/** An absolute name is placed where it says; another one must be found on PATH. */
function placeOnPath(rootfs: string, name: string, target: string): void {
  const here = SYSTEM_PATH.split(':').some((dir) => lstatSync(join(rootfs, dir, name), { throwIfNoEntry: false }));
  if (name.startsWith('/')) placeLink(rootfs, name, target);
  else if (!here) placeLink(rootfs, join('/usr/local/bin', name), target);
}

/**
 * Compiles to bytecode that is never compared with the times of its sources (PEP 552, "unchecked hash-based"), as an
 * installation does. Hash randomisation is off, so that the result is the same each time. A module that does not
 * compile has no bytecode.
 */
async function compilePython(
  rootfs: string,
  compile: { python: string; dirs: string[] },
  { guestDir, signal }: BuildOptions,
): Promise<void> {
  const dirs = compile.dirs.map((dir) => join(rootfs, dir));
  const mode = ['--invalidation-mode', 'unchecked-hash', '-s', rootfs, '-p', '/'];
  const agent = join(guestDir, 'agent');
  const view = viewForQuestion(agent, { PYTHONHASHSEED: '0', LANG: 'C.UTF-8' }, rootfs);
  const argv = [compile.python, '-s', '-S', '-m', 'compileall', '-q', '-f', ...mode, ...dirs];
  await runConfined(argv, { view, limits: COMPILE_LIMITS, agent, signal });
}

/** Certificates where Debian, Fedora and Alpine keep them. */
const SINGLE_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/openssl.cnf',
  '/etc/ssl/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
];
const C_LOCALE = '/usr/lib/locale/C.utf8';
const ZONES = '/usr/share/zoneinfo';
/** Two further copies of all zones, and a link to the zone of this machine. */
const ZONES_LEFT_OUT = new Set(['right', 'posix', 'localtime']);
const ZONES_MAX_BYTES = 6 * 2 ** 20;

/**
 * What every function may expect of a system, as far as this machine has it: certificates, time zones, and the locale
 * C.UTF-8 for C libraries that do not have it built in.
 */
function baseFiles(): string[] {
  const zones = listIfThere(ZONES, (name) => ZONES_LEFT_OUT.has(name));
  const bytes = zones.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  const few = zones.filter((entry) => entry.path === 'UTC' || entry.path === 'Etc/UTC');
  return [
    ...SINGLE_FILES.filter((file) => existsSync(file)),
    ...toFiles(C_LOCALE, listIfThere(C_LOCALE)),
    ...toFiles(ZONES, bytes <= ZONES_MAX_BYTES ? zones : few),
  ];
}

const listIfThere = (dir: string, exclude: (name: string) => boolean = () => false): TreeEntry[] =>
  existsSync(dir) ? listTree(dir, { exclude }) : [];

const toFiles = (dir: string, entries: TreeEntry[]): string[] =>
  entries.filter((entry) => entry.kind === 'file' || entry.kind === 'link').map((entry) => join(dir, entry.path));
