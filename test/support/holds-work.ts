// A run that fills an entry of the cache (argv: the directory of its kind), in a directory of limited size, until it is killed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSizedDirectory } from '../../src/image/confine/sized-directory.ts';
import { unfinishedPrefix } from '../../src/lib/remove-tree.ts';

const content = join(process.argv[2] ?? '', `${unfinishedPrefix()}abc`, 'content');
mkdirSync(content, { recursive: true });
await openSizedDirectory(join(content, 'work'), { bytes: 16 * 2 ** 20, files: 1000 });
console.log('open');
setInterval(() => {}, 1000);
