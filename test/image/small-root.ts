/** Small root file systems with what such trees hold in the wild: this machine's Node, owners, devices, links, attributes. */

import { execFileSync } from 'node:child_process';
import { cpSync, lchownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** This machine's Node with its libraries, at the paths that they have here, and `#!/bin/sh` for scripts. */
export function makeSmallRoot(root: string): string {
  const node = execFileSync('node', ['-p', 'process.execPath'], { encoding: 'utf8' }).trim();
  const libraries = [node, '/bin/sh'].flatMap((file) =>
    [...execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? ''),
  );
  for (const file of new Set([...libraries, '/bin/sh'])) place(root, file, file);
  place(root, node, '/opt/node/bin/node');
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  symlinkSync('/opt/node/bin/node', join(root, 'usr/bin/node'));
  return root;
}

function place(root: string, from: string, to: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  cpSync(from, join(root, to), { dereference: true });
}

/** An owner, a mode, a hard link, a device, a pipe, and two extended attributes, below `data`. */
export function addOddities(root: string): void {
  const data = join(root, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'owned'), 'owned\n', { mode: 0o640 });
  lchownSync(join(data, 'owned'), 1234, 5678);
  linkSync(join(data, 'owned'), join(data, 'second-name'));
  symlinkSync('../../../etc/passwd', join(data, 'upwards'));
  writeFileSync(join(data, 'set-id'), '#!/bin/sh\n');
  execFileSync('chmod', ['4755', join(data, 'set-id')]);
  execFileSync('mknod', ['-m', '666', join(data, 'null'), 'c', '1', '3']);
  execFileSync('mkfifo', [join(data, 'pipe')]);
  writeFileSync(join(data, 'marked'), 'marked\n');
  execFileSync('setfattr', ['-n', 'user.colour', '-v', 'blue', join(data, 'marked')]);
  // cap_net_bind_service=ep as the kernel stores it, version 2 (linux/capability.h).
  execFileSync('setfattr', [
    '-n',
    'security.capability',
    '-v',
    '0x0100000200040000000000000000000000000000',
    join(data, 'marked'),
  ]);
}
