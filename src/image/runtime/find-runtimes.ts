import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { findRuntimeProgram } from '../../host/find-program.ts';
import { BadInputError } from '../../model/errors.ts';
import { listTree } from '../tree/list-tree.ts';
import type { AskProgram } from './ask-program.ts';
import { listLibraries } from './list-libraries.ts';

/**
 * What of this machine a language runtime consists of. Its files stand in the image at the paths that they have here.
 */
export interface RuntimePlan {
  name: 'node' | 'python' | 'command';
  version: string;
  /** Path in the image of the program to start. */
  program: string;
  /** The Node or Python that runs it, on this machine; absent where it is another program. */
  interpreter?: string;
  /** Arguments that stand between the program and the function's own. */
  arguments: string[];
  /** Host files and links to files; what a link leads to comes along. */
  files: string[];
  /** Directories of Python sources to compile, so that no start has to do it. */
  compile: { python: string; dirs: string[] } | null;
  /** Names that must be found on the image's PATH, and the programs that they stand for. */
  links: Record<string, string>;
  /** Directories of the machine that a build needs besides /usr. */
  prefixes: string[];
}

/**
 * Asks an interpreter where it really is, because version managers and virtual environments put other programs in its
 * place.
 * @param about.args a program in its language that prints the answer as JSON
 * @throws BadInputError when it does not work
 */
async function askInterpreter<T>(
  ask: AskProgram,
  program: string,
  about: { language: string; args: string[]; schema: v.GenericSchema<unknown, T> },
): Promise<T> {
  const answer = await ask(program, about.args);
  const refuse = (reason: string) => new BadInputError(`${program} is not a working ${about.language}: ${reason}`);
  if (!answer.ok) throw refuse(answer.reason);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), about.schema), answer.stdout);
  if (!parsed.success) throw refuse(`it answers ${JSON.stringify(answer.stdout.slice(0, 80))}`);
  return parsed.output;
}

const Path = v.pipe(v.string(), v.check(isAbsolute), v.maxLength(4096));
const Version = v.pipe(v.string(), v.regex(/^\d[\w.+-]{0,63}$/));
const NodeAnswer = v.tuple([Path, Version]);
const NODE_QUESTION = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';

/**
 * A Node. Its own program is asked for, since another one may have started it.
 * @param asked the program, or null for the `node` on PATH, or where there is none, the one that runs this
 * @throws BadInputError when it does not work
 */
export async function findNode(ask: AskProgram, asked: string | null = null): Promise<RuntimePlan> {
  const node = asked ?? findRuntimeProgram('node') ?? process.execPath;
  const about = { language: 'Node.js', args: ['-e', NODE_QUESTION], schema: NodeAnswer };
  const [path, version] = await askInterpreter(ask, node, about);
  const program = realpathSync(path);
  const { libraries } = await listLibraries([program]);
  return {
    name: 'node',
    version,
    program,
    interpreter: program,
    arguments: [],
    files: [program, ...libraries],
    compile: null,
    links: { node: program },
    prefixes: [dirname(dirname(program))],
  };
}

/** Modules that no function needs: tests, editors, windows, installers, and the static library beside the modules. */
const LEFT_OUT = new Set([
  ...['test', 'tests', 'idlelib', 'tkinter', 'turtledemo', 'ensurepip', 'lib2to3'],
  ...['site-packages', 'dist-packages', '__pycache__', 'turtle.py'],
]);
const LEFT_OUT_PATTERN = /^(config-.*|_tkinter\..*\.so|_test.*\.so|_ctypes_test\..*\.so|_xx.*\.so|xx.*\.so)$/;

const PYTHON_QUESTION = `
import json, os, sys, sysconfig
print(json.dumps({
  'program': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable),
  'prefix': sys.base_prefix,
  'stdlib': sorted({sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib')}),
  'version': '.'.join(map(str, sys.version_info[:3])),
}))`;

const PythonAnswer = v.object({
  program: Path,
  prefix: Path,
  stdlib: v.pipe(v.array(Path), v.maxLength(16)),
  version: Version,
});

/**
 * A Python interpreter with its standard library and the libraries that this needs, without installed packages.
 * @param asked the interpreter, or null for the `python3` on PATH
 * @throws BadInputError when there is none or it does not work
 */
export async function findPython(ask: AskProgram, asked: string | null = null): Promise<RuntimePlan> {
  const python = asked ?? findRuntimeProgram('python3');
  if (python === null) throw new BadInputError('there is no python3 on PATH: install python3, or use another runtime');
  const about = { language: 'Python', args: ['-I', '-c', PYTHON_QUESTION], schema: PythonAnswer };
  const answer = await askInterpreter(ask, python, about);
  const { program, prefix, stdlib, version } = answer;
  const modules = stdlib.flatMap(listModules);
  const { libraries } = await listLibraries([program, ...modules.filter((file) => file.endsWith('.so'))]);
  return {
    name: 'python',
    version,
    program,
    interpreter: program,
    arguments: [],
    files: [program, ...modules, ...libraries],
    compile: { python: program, dirs: stdlib },
    links: { python3: program },
    prefixes: [prefix],
  };
}

function listModules(stdlib: string): string[] {
  return listTree(stdlib, { exclude: (name) => LEFT_OUT.has(name) || LEFT_OUT_PATTERN.test(name) })
    .filter((entry) => entry.kind === 'file' || entry.kind === 'link')
    .map((entry) => join(stdlib, entry.path));
}
