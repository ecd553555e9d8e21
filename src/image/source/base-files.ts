import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listTree, type TreeEntry } from '../tree/list-tree.ts';

/** Certificates by the places of Debian, Fedora and Alpine; C.UTF-8 for C libraries that do not have it built in. */
const SINGLE_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/openssl.cnf',
  '/etc/ssl/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
];
const C_LOCALE = '/usr/lib/locale/C.utf8';
const ZONES = '/usr/share/zoneinfo';
/** Two further copies of all zones and a link to the machine's own one. */
const ZONES_LEFT_OUT = new Set(['right', 'posix', 'localtime']);
const ZONES_MAX_BYTES = 6 * 2 ** 20;

/** What every function may expect of a system, as far as this machine has it: certificates, time zones, a locale. */
export function baseFiles(): string[] {
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
