import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { BadInputError } from '../../model/errors.ts';
import { listTree } from '../tree/list-tree.ts';
import { listLibraries } from './list-libraries.ts';

/** What of this machine a language runtime consists of; its files stand in the image at the paths that they have here. */
export interface RuntimePlan {
  name: 'node' | 'python' | 'command';
  version: string;
  /** Path in the image of the program to start. */
  program: string;
  /** Arguments that stand between the program and the function's own. */
  arguments: string[];
  /** Host files and links to files; what a link leads to comes along. */
  files: string[];
  /** Directories of Python sources to compile, so that no start pays for it. */
  compile: { python: string; dirs: string[] } | null;
  /** Names that must be found on the image's PATH, and what they stand for. */
  links: Record<string, string>;
  /** Directories of the machine that a build needs besides /usr. */
  prefixes: string[];
}

/**
 * The `node` on PATH, or the one that runs this. Version managers put scripts in its place, so it is asked for itself.
 *
 * @throws BadInputError when what is called node is none
 */
export async function findNode(): Promise<RuntimePlan> {
  const asked = findProgram('node') ?? process.execPath;
  const script = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
  const env = { PATH: process.env['PATH'] ?? SYSTEM_PATH, HOME: process.env['HOME'] ?? '/' };
  const answer = await execa(asked, ['-e', script], {
    cwd: '/',
    env,
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  });
  if (answer.failed) throw new BadInputError(`${asked} is not a working Node.js: ${answer.shortMessage}`);
  const [path, version] = JSON.parse(answer.stdout) as [string, string];
  const program = realpathSync(path);
  const { libraries } = await listLibraries([program]);
  return {
    name: 'node',
    version,
    program,
    arguments: [],
    files: [program, ...libraries],
    compile: null,
    links: { node: program },
    prefixes: [dirname(dirname(program))],
  };
}

/** What no function needs: tests, editors, windows, installers, and the static library beside the modules. */
const LEFT_OUT = new Set([
  ...['test', 'tests', 'idlelib', 'tkinter', 'turtledemo', 'ensurepip', 'lib2to3'],
  ...['site-packages', 'dist-packages', '__pycache__', 'turtle.py'],
]);
const LEFT_OUT_PATTERN = /^(config-.*|_tkinter\..*\.so|_test.*\.so|_ctypes_test\..*\.so|_xx.*\.so|xx.*\.so)$/;

/** Asked of the interpreter itself: version managers and virtual environments put something else in its place. */
const QUESTION = `
import json, os, sys, sysconfig
print(json.dumps({
  'program': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable),
  'prefix': sys.base_prefix,
  'stdlib': sorted({sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib')}),
  'version': '.'.join(map(str, sys.version_info[:3])),
}))`;

import { findProgram } from '../../host/find-program.ts';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';

interface Answer {
  program: string;
  prefix: string;
  stdlib: string[];
  version: string;
}

/**
 * A Python interpreter with its standard library and the libraries that this needs; no installed packages.
 *
 * @param asked the interpreter, or null for the `python3` on PATH
 * @throws BadInputError when there is none or it does not work
 */
export async function findPython(asked: string | null = null): Promise<RuntimePlan> {
  const python = asked ?? findProgram('python3');
  if (python === null) throw new BadInputError('there is no python3 on PATH: install python3, or use another runtime');
  const env = { PATH: process.env['PATH'] ?? SYSTEM_PATH, HOME: process.env['HOME'] ?? '/' };
  const options = { cwd: '/', env, extendEnv: false, reject: false, timeout: 60_000 } as const;
  const answer = await execa(python, ['-I', '-c', QUESTION], options);
  if (answer.failed) throw new BadInputError(`${python} is not a working Python: ${answer.shortMessage}`);
  const { program, prefix, stdlib, version } = JSON.parse(answer.stdout) as Answer;
  const modules = stdlib.flatMap(listModules);
  const { libraries } = await listLibraries([program, ...modules.filter((file) => file.endsWith('.so'))]);
  return {
    name: 'python',
    version,
    program,
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
