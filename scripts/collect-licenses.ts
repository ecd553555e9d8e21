import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

interface Manifest {
  name: string;
  version: string;
  license?: string;
}

/** Writes name, version and licence text of every package of which the bundle holds code. */
export function collectLicenses(fileName: string): Plugin {
  return {
    name: 'collect-licenses',
    generateBundle(_options, bundle) {
      const directories = new Set<string>();
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const id of output.moduleIds) {
          const directory = packageOf(id);
          if (directory !== null) directories.add(directory);
        }
      }
      const entries = [...directories].map(describe).sort((a, b) => (a < b ? -1 : 1));
      this.emitFile({ type: 'asset', fileName, source: `${[...new Set(entries)].join('\n')}` });
    },
  };
}

/** Directory of the package that a module belongs to; null for our own. */
function packageOf(id: string): string | null {
  if (!id.includes('/node_modules/')) return null;
  let directory = dirname(id);
  // packages may hold manifests without a name (`{"type":"module"}`) below their root
  while (!isPackageRoot(directory)) directory = dirname(directory);
  return directory;
}

function isPackageRoot(directory: string): boolean {
  if (directory === '/') throw new Error('a bundled module lies outside any package');
  const file = join(directory, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest>).version !== undefined;
}

function describe(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(directory)
    .sort()
    .find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file === undefined ? '' : `\n${readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim()}\n`;
  return `---- ${name} ${version} (${license ?? 'see its repository'})\n${text}`;
}
