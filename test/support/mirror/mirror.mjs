/** A function that says what it sees of its surroundings, for tests that compare isolations. */

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Mounted or filled by the isolation; what is in them differs. */
const NOT_OF_THE_IMAGE = new Set(['/dev', '/proc', '/sys', '/tmp']);

const limitOf = (name) => {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(name));
  return line === undefined ? null : line.slice(name.length).trim().split(/\s+/).slice(0, 2);
};

const codeOf = (action) => {
  try {
    action();
    return 'allowed';
  } catch (error) {
    return error.code;
  }
};

/** Every path of the image with its kind, mode, owner, time and content. */
function digestOfTree() {
  const hash = createHash('sha256');
  const seen = { files: 0, links: 0, directories: 0, bytes: 0 };
  const visit = (path) => {
    if (NOT_OF_THE_IMAGE.has(path)) return;
    const { mode, uid, gid, size, mtimeMs } = lstatSync(path);
    hash.update(`${path}\0${mode.toString(8)}\0${uid}:${gid}\0`);
    if ((mode & 0o170000) === 0o120000) {
      seen.links++;
      hash.update(readlinkSync(path));
    } else if ((mode & 0o170000) === 0o100000) {
      seen.files++;
      seen.bytes += size;
      hash.update(`${mtimeMs}\0${size}\0`).update(readFileSync(path));
    } else {
      seen.directories++;
      for (const name of readdirSync(path).sort()) visit(path === '/' ? `/${name}` : `${path}/${name}`);
    }
  };
  visit('/');
  return { sha256: hash.digest('hex'), ...seen };
}

export function handler() {
  const tmp = statfsSync('/tmp');
  return {
    uid: process.getuid(),
    gid: process.getgid(),
    groups: process.getgroups(),
    umask: process.umask(),
    cwd: process.cwd(),
    env: { ...process.env },
    versions: { node: process.version, zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    heap: { flags: process.execArgv, limitBytes: getHeapStatistics().heap_size_limit },
    openFiles: limitOf('Max open files'),
    tmp: { type: tmp.type, bytes: tmp.blocks * tmp.bsize, mode: (statSync('/tmp').mode & 0o7777).toString(8) },
    writes: {
      tmp: codeOf(() => writeFileSync('/tmp/mine', 'x')),
      root: codeOf(() => writeFileSync('/mine', 'x')),
      function: codeOf(() => writeFileSync('/function/mine', 'x')),
    },
    network: Object.keys(networkInterfaces()),
    tree: digestOfTree(),
  };
}
