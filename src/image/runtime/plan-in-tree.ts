import { existsSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import type { FunctionConfig } from '../../model/config.ts';
import { BadInputError } from '../../model/errors.ts';
import { FUNCTION_DIR } from './find-command.ts';
import { isProgramIn } from './find-in-tree.ts';

const NAMES = { node: ['node', 'nodejs'], python: ['python3', 'python'] };

/**
 * The program that runs a function, out of the root file system that it brings: looked for along the image's own PATH,
 * not run.
 *
 * @param tree the function's tree after its build
 * @throws BadInputError when it is not there
 */
export function planInTree(
  config: FunctionConfig,
  tree: string,
  image: { dir: string; path: string; text: string },
): { program: string; arguments: string[] } {
  const dirs = image.path.split(':').filter((dir) => isAbsolute(dir));
  const look = (name: string) => dirs.map((dir) => join(dir, name)).find((path) => isProgramIn(image.dir, path));
  if (config.runtime !== 'command') {
    const names = NAMES[config.runtime];
    const program = names.map(look).find((path) => path !== undefined);
    if (program !== undefined) return { program, arguments: [] };
    throw new BadInputError(
      `functions.${config.name}: ${image.text} has no ${names[0]} on its PATH (${image.path}): install it in the image, or use image: host`,
    );
  }
  const [word = '', ...rest] = config.command ?? [];
  if (!isAbsolute(word) && existsSync(join(tree, normalize(join('/', word)))))
    return { program: join(FUNCTION_DIR, normalize(join('/', word))), arguments: rest };
  const program = word.includes('/') ? word : look(word);
  if (program !== undefined && isAbsolute(program) && isProgramIn(image.dir, program))
    return { program, arguments: rest };
  throw new BadInputError(
    `functions.${config.name}.command: ${word} is neither in the function’s directory nor in ${image.text} (PATH ${image.path}): name a program that is there`,
  );
}
