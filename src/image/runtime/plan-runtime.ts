import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { findProgram, isPublicProgram } from '../../host/find-program.ts';
import type { FunctionConfig } from '../../model/config.ts';
import { BadInputError } from '../../model/errors.ts';
import type { RuntimePlan } from './find-runtimes.ts';
import { findNode, findPython } from './find-runtimes.ts';
import { listLibraries } from './list-libraries.ts';

/**
 * What the function needs of this machine.
 * @param tree the function's tree after its build
 * @throws BadInputError when the machine lacks what the function needs
 */
export async function planRuntime(config: FunctionConfig, tree: string): Promise<RuntimePlan> {
  if (config.runtime === 'node') return findNode();
  if (config.runtime === 'python') return findPython();
  return findCommand(config.name, config.command ?? [], tree);
}

/**
 * The language runtimes that a build may call: the function's own, and for a command any that are here. Both their
 * directories and their versions, because what is built for one may suit no other.
 */
export async function buildTools(config: FunctionConfig): Promise<{ prefixes: string[]; versions: string[] }> {
  const any = [findNode, findPython];
  const wanted = { node: [findNode], python: [findPython, findNode], command: any, http: any }[config.runtime];
  const plans = await Promise.all(wanted.map((find) => find().catch(() => null)));
  const found = plans.filter((plan) => plan !== null);
  return {
    prefixes: found.flatMap((plan) => plan.prefixes),
    versions: found.map((plan) => `${plan.name} ${plan.version} ${plan.program}`),
  };
}

/** Where a function's tree stands in every image. */
export const FUNCTION_DIR = '/function';

/**
 * What a command needs of this machine. argv[0] is looked for in the function's own tree, then on PATH. A script brings
 * its interpreter, an ELF file its libraries, Node and Python their runtimes.
 * @param tree the function's tree after its build
 * @throws BadInputError when argv[0] is neither in the tree nor on PATH, or needs something that the machine lacks
 */
async function findCommand(name: string, argv: string[], tree: string): Promise<RuntimePlan> {
  const [word = '', ...rest] = argv;
  const inTree = join(tree, normalize(join('/', word)));
  if (!word.startsWith('/') && existsSync(inTree)) {
    const plan = await planFile(name, inTree, tree);
    const program = join(FUNCTION_DIR, normalize(join('/', word)));
    return { ...plan, name: 'command', program, arguments: rest };
  }
  const onHost = word.includes('/') ? word : findProgram(word);
  if (onHost === null || !onHost.startsWith('/') || !isPublicProgram(onHost)) {
    const tried = word.includes('/') ? 'the function’s directory' : 'the function’s directory and PATH';
    throw new BadInputError(`functions.${name}.command: ${word} is not in ${tried}: name a program that is there`);
  }
  const plan = await planHostProgram(name, onHost, tree);
  return { ...plan, name: 'command', arguments: [...plan.arguments, ...rest] };
}

async function planFile(name: string, file: string, tree: string): Promise<RuntimePlan> {
  const shebang = readShebang(file);
  if (shebang === null) return planElf(name, file, tree);
  const interpreter = shebang[0] ?? '';
  const viaEnv = basename(interpreter) === 'env' ? shebang.slice(1).find((word) => !word.startsWith('-')) : undefined;
  const wanted = viaEnv === undefined ? interpreter : findProgram(viaEnv);
  if (wanted === null || !isPublicProgram(wanted) || !isPublicProgram(interpreter)) {
    const place = file.replace(`${tree}/`, '');
    throw new BadInputError(
      `functions.${name}.command: ${place} asks for #!${shebang.join(' ')}, which is not here: install it`,
    );
  }
  const plan = await planHostProgram(name, wanted, tree);
  const { libraries } = await listLibraries([interpreter]);
  const links = { ...plan.links, [viaEnv ?? interpreter]: plan.program };
  return { ...plan, files: [...plan.files, ...(viaEnv ? [interpreter, ...libraries] : [])], links };
}

async function planHostProgram(name: string, path: string, tree: string): Promise<RuntimePlan> {
  const known = /^(node|nodejs|python[0-9.]*)$/.exec(basename(path))?.[1];
  if (known?.startsWith('node')) return findNode();
  if (known) return findPython(path);
  if (readShebang(path) !== null) {
    const plan = await planFile(name, path, tree);
    return { ...plan, program: path, files: [...plan.files, path] };
  }
  const plan = await planElf(name, path, tree);
  return { ...plan, program: path, files: [path, ...plan.files], links: { [basename(path)]: path } };
}

async function planElf(name: string, file: string, tree: string): Promise<RuntimePlan> {
  const { libraries, missing } = await listLibraries([file], { within: tree });
  if (missing.length > 0) {
    const what = `${file.replace(`${tree}/`, '')} needs ${missing.join(', ')}`;
    throw new BadInputError(
      `functions.${name}.command: ${what}, which this machine lacks: install it or link statically`,
    );
  }
  // Libraries of the tree are already in the image, as part of the tree.
  const files = libraries.filter((library) => !library.startsWith(`${realpathSync.native(tree)}/`));
  const none = { compile: null, links: {}, prefixes: [] };
  return { name: 'command', version: 'unknown', program: file, arguments: [], files, ...none };
}

/** The words of a `#!` line, of which at most 255 bytes count (execve(2)); null for any other file. */
function readShebang(file: string): string[] | null {
  const head = Buffer.alloc(256);
  const fd = openSync(file, 'r');
  try {
    const text = head.toString('utf8', 0, readSync(fd, head));
    const line = text.startsWith('#!') ? text.slice(2).split('\n')[0]?.trim() : undefined;
    return line === undefined ? null : line.split(/[ \t]+/);
  } finally {
    closeSync(fd);
  }
}
