import { lstatSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { realIfThere } from '../../lib/stat-if-there.ts';
import { listTree } from '../tree/list-tree.ts';
import { installationOf, isSecretName, isShared } from './installation.ts';
import { listLibraries } from './list-libraries.ts';

const MAX_BYTES = 2 ** 30;
const MAX_FILES = 50_000;
/** Of an installation, what only developers need; the most by far in a JDK. */
const FOR_DEVELOPERS = new Set([
  ...['include', 'man', 'legal', 'jmods', 'demo', 'sample', 'docs', 'src.zip', 'lib/src.zip', 'lib/ct.sym'],
  ...['share/man', 'share/doc', 'share/info'],
]);
/** Where links of an installation may lead: Debian keeps the settings of a JDK below /etc. */
const PLACES = ['/usr/', '/etc/', '/opt/', '/lib/', '/lib64/', '/nix/store/'];
const PRIVATE_PLACES = ['/etc/ssl/private', '/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/etc/ssh'];

/**
 * The files that a program of this machine cannot do without, besides its libraries: all of the installation that it is
 * a part of, and its modules, each with their libraries. Only what everybody may read, and nothing that is named like a
 * password or a key.
 * @param from.modules files and directories beside the installation
 */
export async function listCompanions(from: {
  program: string;
  modules: string[];
  key: string;
  log: (line: string) => void;
}): Promise<string[]> {
  const installation = installationOf(realpathSync.native(from.program));
  const roots = [...(installation === null ? [] : [installation]), ...from.modules];
  const found = new Found();
  for (const root of roots) {
    await found.add(root, installation);
    if (!found.isTooLarge()) continue;
    from.log(
      `${from.key}: the files beside ${from.program} in ${root} are more than ${MAX_FILES} or 1 GiB, so that they are left out; if it needs them, use an image of your own`,
    );
    return [];
  }
  const files = found.files();
  const { libraries } = await listLibraries(files.filter((file) => /\.so(\.|$)/.test(file)));
  return [...new Set([...files, ...libraries])].sort();
}

/** The files of directories and of what links in them lead to, each once, up to a size. */
class Found {
  readonly #files = new Set<string>();
  readonly #seen = new Set<string>();
  #bytes = 0;
  #entries = 0;

  files = (): string[] => [...this.#files];
  isTooLarge = (): boolean => this.#bytes > MAX_BYTES || this.#entries > MAX_FILES;

  async add(root: string, installation: string | null): Promise<void> {
    const real = realIfThere(root);
    if (real === null) return;
    if (real !== root) this.#files.add(root);
    if ([...this.#seen].some((dir) => real === dir || real.startsWith(`${dir}/`))) return;
    if (!statSync(real).isDirectory()) {
      this.#addFile(root);
      return;
    }
    this.#seen.add(real);
    const further: string[] = [];
    const exclude = (name: string, path: string) =>
      this.isTooLarge() || isSecretName(name) || (root === installation && FOR_DEVELOPERS.has(path));
    for (const entry of listTree(real, { exclude, onEntry: (one) => this.#count(one) })) {
      const path = join(real, entry.path);
      if (entry.kind === 'file') this.#addFile(path);
      if (entry.kind === 'link') further.push(...this.#addLink(path, installation));
    }
    await setImmediate();
    for (const dir of further) if (!this.isTooLarge()) await this.add(dir, installation);
  }

  #count(entry: { kind: string; size?: number }): void {
    this.#bytes += entry.size ?? 0;
    this.#entries += 1;
  }

  #addFile(path: string): void {
    if (isForAll(path)) this.#files.add(path);
  }

  /** @returns the directory that it leads to, which is still to be listed */
  #addLink(path: string, installation: string | null): string[] {
    const real = realIfThere(path);
    if (real === null || !(isAllowed(real) || real.startsWith(`${installation}/`))) return [];
    if (!lstatSync(real).isDirectory()) {
      this.#addFile(path);
      return [];
    }
    this.#files.add(path);
    return isShared(real) ? [] : [real];
  }
}

const isAllowed = (path: string): boolean =>
  PLACES.some((place) => path.startsWith(place)) &&
  !PRIVATE_PLACES.some((place) => path === place || path.startsWith(`${place}/`));

function isForAll(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o004) !== 0;
}
