import { lstatSync, readlinkSync } from 'node:fs';
import { isAbsolute, join, normalize, posix } from 'node:path';
import { statIfThere } from '../../lib/stat-if-there.ts';
import type { FunctionConfig } from '../../model/config.ts';
import { BadInputError } from '../../model/errors.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';

/** As many links as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Where a path of a root file system leads when all links are followed as they would be inside; relative to `root`.
 * Nothing outside of it is looked at. Null where it leads nowhere.
 */
function findInTree(root: string, path: string): string | null {
  let rest = posix.resolve('/', path).split('/').filter(Boolean);
  let current = '/';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      current = posix.dirname(current);
      continue;
    }
    const next = posix.join(current, name);
    const stat = lstatSync(join(root, next), { throwIfNoEntry: false });
    if (!stat) return null;
    if (!stat.isSymbolicLink()) {
      if (rest.length > 0 && !stat.isDirectory()) return null;
      current = next;
      continue;
    }
    if (++links > MAX_LINKS) return null;
    const target = readlinkSync(join(root, next));
    // Part by part, because `a/..` is not the directory of `a` when `a` is a link.
    rest = [...target.split('/').filter((word) => word !== '' && word !== '.'), ...rest];
    if (target.startsWith('/')) current = '/';
  }
  return current;
}

/** Whether a path of a root file system leads to a program. */
export function isProgramIn(root: string, path: string): boolean {
  const found = findInTree(root, path);
  if (found === null) return false;
  const stat = lstatSync(join(root, found));
  return stat.isFile() && (stat.mode & 0o111) !== 0;
}

const NAMES = { node: ['node', 'nodejs'], python: ['python3', 'python'] };

/** What an image starts by itself: ENTRYPOINT and CMD, in WORKDIR. */
export interface ImageStart {
  command: string[];
  cwd: string;
}

interface BroughtImage {
  dir: string;
  path: string;
  text: string;
  start: ImageStart;
}

interface ProgramInTree {
  program: string;
  arguments: string[];
  cwd: string;
}

/**
 * The program that runs a function in the root file system that it brings. It is looked for along the image's own PATH,
 * and not run.
 * @param tree the function's tree after its build; null where all is in the image, which then says itself what to start
 * @throws BadInputError when it is not there
 */
export function planInTree(config: FunctionConfig, tree: string | null, image: BroughtImage): ProgramInTree {
  const dirs = image.path.split(':').filter((dir) => isAbsolute(dir));
  const look = (name: string) => dirs.map((dir) => join(dir, name)).find((path) => isProgramIn(image.dir, path));
  if (tree === null) return planOwnStart(config.name, image, look);
  if (config.runtime === 'node' || config.runtime === 'python') {
    const names = NAMES[config.runtime];
    const program = names.map(look).find((path) => path !== undefined);
    if (program !== undefined) return { program, arguments: [], cwd: FUNCTION_DIR };
    throw new BadInputError(
      `functions.${config.name}: ${image.text} has no ${names[0]} on its PATH (${image.path}): install it in the image, or use image: host`,
    );
  }
  const [word = '', ...rest] = config.command ?? [];
  if (!isAbsolute(word) && statIfThere(join(tree, normalize(join('/', word))))?.isFile())
    return { program: join(FUNCTION_DIR, normalize(join('/', word))), arguments: rest, cwd: FUNCTION_DIR };
  const program = word.includes('/') ? word : look(word);
  if (program !== undefined && isAbsolute(program) && isProgramIn(image.dir, program))
    return { program, arguments: rest, cwd: FUNCTION_DIR };
  throw new BadInputError(
    `functions.${config.name}.${config.http ? 'http.command' : 'command'}: ${word} is neither in the function’s directory nor in ${image.text} (PATH ${image.path}): name a program that is there`,
  );
}

function planOwnStart(name: string, image: BroughtImage, look: (name: string) => string | undefined): ProgramInTree {
  const { command, cwd } = image.start;
  const [word, ...rest] = command;
  if (word === undefined)
    throw new BadInputError(
      `functions.${name}.http: ${image.text} has neither ENTRYPOINT nor CMD: name what to start in http.command`,
    );
  const program = word.includes('/') ? posix.resolve('/', cwd, word) : look(word);
  if (program !== undefined && isProgramIn(image.dir, program)) return { program, arguments: rest, cwd };
  throw new BadInputError(
    `functions.${name}.http: ${image.text} starts ${word}, which is not in it (PATH ${image.path}): name what to start in http.command`,
  );
}
