import { closeSync, constants, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { findRuntimeProgram, isPublicProgram } from '../../host/find-program.ts';
import { fileErrorText } from '../../lib/read-bounded.ts';
import { statIfThere } from '../../lib/stat-if-there.ts';
import type { FunctionConfig } from '../../model/config.ts';
import { BadInputError } from '../../model/errors.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import { askModules } from './ask-modules.ts';
import type { AskProgram } from './ask-program.ts';
import type { RuntimePlan } from './find-runtimes.ts';
import { findNode, findPython } from './find-runtimes.ts';
import { listCompanions } from './list-companions.ts';
import { listLibraries } from './list-libraries.ts';

/** For whom a program is planned. */
interface Asking {
  /** The key of isogate.yml that errors name, such as `functions.api.command`. */
  key: string;
  /** The function's tree after its build. */
  tree: string;
  log: (line: string) => void;
  ask: AskProgram;
  signal?: AbortSignal | undefined;
}

/**
 * What a command needs of this machine. argv[0] is looked for in the function's own tree, then on PATH. A script brings
 * its interpreter, an ELF file its libraries, Node and Python their runtimes, and a program with an installation of its
 * own all of that.
 * @param tree the function's tree after its build
 * @throws BadInputError when argv[0] is neither in the tree nor on PATH, or needs something that the machine lacks
 */
export async function planCommand(
  config: FunctionConfig,
  tree: string,
  { log, ask, signal }: Pick<Asking, 'log' | 'ask' | 'signal'>,
): Promise<RuntimePlan> {
  const [word = '', ...rest] = config.command ?? [];
  const asking = {
    key: `functions.${config.name}.${config.http ? 'http.command' : 'command'}`,
    tree,
    log,
    ask,
    signal,
  };
  const inTree = join(tree, normalize(join('/', word)));
  const there = word.startsWith('/') ? null : statIfThere(inTree);
  if (there?.isFile()) {
    const plan = await planFile(inTree, asking);
    const program = join(FUNCTION_DIR, normalize(join('/', word)));
    return { ...plan, name: 'command', program, arguments: rest };
  }
  const onHost = word.includes('/') ? word : findRuntimeProgram(word);
  if (onHost === null || !onHost.startsWith('/') || !isPublicProgram(onHost)) {
    if (there?.isDirectory())
      throw new BadInputError(`${asking.key}: ${word} is a directory, not a program: name a program that is there`);
    const tried = word.includes('/') ? 'the function’s directory' : 'the function’s directory and PATH';
    throw new BadInputError(`${asking.key}: ${word} is not in ${tried}: name a program that is there`);
  }
  const plan = await planHostProgram(onHost, asking);
  return { ...plan, name: 'command', arguments: [...plan.arguments, ...rest] };
}

/**
 * What one of a function's `programs` needs, found under its name on the image's PATH.
 * @throws BadInputError when it is not here, or not for everybody
 */
export async function planExtraProgram(name: string, asking: Asking): Promise<RuntimePlan> {
  const path = name.startsWith('/') ? name : findRuntimeProgram(name);
  if (path === null || !existsSync(path))
    throw new BadInputError(`${asking.key}: ${name} is not on this machine: install it, or take it out`);
  if (!isPublicProgram(path))
    throw new BadInputError(
      `${asking.key}: ${path} is not a program that everybody may run in a place of programs: name another one`,
    );
  const plan = await planHostProgram(path, asking);
  return { ...plan, links: name.startsWith('/') ? plan.links : { ...plan.links, [name]: plan.program } };
}

async function planFile(file: string, asking: Asking): Promise<RuntimePlan> {
  const { key, tree } = asking;
  const shebang = readShebang(file, asking);
  if (shebang === null) return planElf(file, asking);
  const interpreter = shebang[0] ?? '';
  const viaEnv = basename(interpreter) === 'env' ? shebang.slice(1).find((word) => !word.startsWith('-')) : undefined;
  const wanted = viaEnv === undefined ? interpreter : findRuntimeProgram(viaEnv);
  if (wanted === null || !isPublicProgram(wanted) || !isPublicProgram(interpreter)) {
    const place = file.replace(`${tree}/`, '');
    throw new BadInputError(`${key}: ${place} asks for #!${shebang.join(' ')}, which is not here: install it`);
  }
  const plan = await planHostProgram(wanted, asking);
  const { libraries } = await listLibraries([interpreter]);
  const links = { ...plan.links, [viaEnv ?? interpreter]: plan.program };
  return { ...plan, files: [...plan.files, ...(viaEnv ? [interpreter, ...libraries] : [])], links };
}

async function planHostProgram(path: string, asking: Asking): Promise<RuntimePlan> {
  const known = /^(node|nodejs|python[0-9.]*)$/.exec(basename(path))?.[1];
  if (known?.startsWith('node')) return findNode(asking.ask, path);
  if (known) return findPython(asking.ask, path);
  const asked = await askModules(asking.ask, path);
  const program = asked?.program ?? path;
  const companions = await listCompanions({ program, modules: asked?.modules ?? [], ...asking });
  if (readShebang(program, asking) !== null) {
    const plan = await planFile(program, asking);
    return { ...plan, program, files: [...plan.files, ...companions, program] };
  }
  const plan = await planElf(program, asking);
  const links = { [basename(path)]: program };
  return { ...plan, program, files: [program, ...plan.files, ...companions], links };
}

async function planElf(file: string, { key, tree, signal }: Asking): Promise<RuntimePlan> {
  const { libraries, missing } = await listLibraries([file], {
    within: { dir: tree, mountedAt: FUNCTION_DIR },
    signal,
  });
  if (missing.length > 0) {
    const what = `${file.replace(`${tree}/`, '')} needs ${missing.join(', ')}`;
    throw new BadInputError(`${key}: ${what}, which this machine lacks: install it or link statically`);
  }
  const none = { compile: null, links: {}, prefixes: [] };
  return {
    name: 'command',
    version: 'unknown',
    program: file,
    arguments: [],
    files: outsideOf(tree, libraries),
    ...none,
  };
}

/** Libraries of the tree are already in the image, as part of the tree. */
export const outsideOf = (tree: string, libraries: string[]): string[] =>
  libraries.filter((library) => !library.startsWith(`${realpathSync.native(tree)}/`));

/**
 * The words of a `#!` line, of which at most 255 bytes count (execve(2)); null for any other file.
 * @throws BadInputError when it cannot be read, as after something else was put in its place
 */
function readShebang(file: string, { key, tree }: Asking): string[] | null {
  try {
    return readFirstWords(file);
  } catch (error) {
    const place = file.replace(`${tree}/`, '');
    throw new BadInputError(`${key}: ${place}: ${fileErrorText(error)}: name a program that is there`, {
      cause: error,
    });
  }
}

function readFirstWords(file: string): string[] | null {
  const head = Buffer.alloc(256);
  // A named pipe would block an open for reading until somebody writes.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const text = head.toString('utf8', 0, readSync(fd, head));
    const line = text.startsWith('#!') ? text.slice(2).split('\n')[0]?.trim() : undefined;
    return line === undefined ? null : line.split(/[ \t]+/);
  } finally {
    closeSync(fd);
  }
}
