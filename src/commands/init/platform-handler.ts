import type { FoundEnvironment } from './environment.ts';
import { type FoundBuild, type FoundFunction, foundFunction } from './found-function.ts';
import { planScript, planTypeScript } from './node-project.ts';
import { planPythonBuild } from './python-build.ts';
import { wholeNumber } from './read-data.ts';
import { below, type Repository } from './repository.ts';
import type { Trigger } from './sample-events.ts';
import { type Exports, nodeExports, pythonExports } from './source-text.ts';
import { withTrigger } from './with-trigger.ts';

export interface ResolvedHandler {
  /** Where it runs: the root of the workspaces that it belongs to, else the directory that was asked about. */
  directory: string;
  handler: string;
  build: FoundBuild | null;
  notes: string[];
}

/** What a platform's file says of one function on Lambda besides its handler. Numbers that are none count as not given. */
interface LambdaSettings {
  name: string;
  place: string;
  home: string;
  runtime: string;
  /** Common to all functions, then the function's own. */
  environments: [FoundEnvironment, FoundEnvironment];
  /** What of it is not built. */
  leftOut: string[];
  memory: unknown;
  timeout: unknown;
  trigger: Trigger | null;
}

/** A function on Lambda, with the event that would be sent to it. */
export const describeLambda = (resolved: ResolvedHandler, settings: LambdaSettings): FoundFunction => {
  const { name, place, home, runtime, environments, leftOut, memory, timeout, trigger } = settings;
  const [shared, own] = environments;
  const found = foundFunction(
    { name, place, directory: resolved.directory, call: { handler: resolved.handler } },
    {
      home,
      runtime,
      build: resolved.build,
      env: { ...shared.env, ...own.env },
      memoryMiB: wholeNumber(memory),
      timeoutS: wholeNumber(timeout),
      notes: [...new Set([...resolved.notes, ...leftOut, ...shared.notes, ...own.notes])],
    },
  );
  return withTrigger(found, trigger);
};

/** `problem`: one line that says why there is no handler. */
type Resolution = ResolvedHandler | { problem: string };

const JAVASCRIPT = ['mjs', 'js', 'cjs'];
const TYPESCRIPT = ['ts', 'mts', 'cts', 'tsx'];

const lacks = ({ names, isOpen }: Exports, name: string): boolean => !isOpen && !names.has(name);

const missingExport = (file: string, name: string, { names }: Exports): string => {
  const known = [...names].slice(0, 5).join(', ');
  return `${file} has no ${name}${known === '' ? '' : `; it has ${known}`}`;
};

/** `src/handler.hello` of a Node platform, below `directory`. */
const resolveNodeHandler = (repository: Repository, directory: string, text: string): Resolution => {
  const slash = text.lastIndexOf('/') + 1;
  const dot = text.indexOf('.', slash);
  const [module, name] = dot === -1 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return { problem: `handler ${text}: not in the form FILE.EXPORT` };
  const find = (endings: string[]) =>
    endings.map((ending) => `${module}.${ending}`).find((file) => repository.has(below(directory, file)));
  const plain = find(JAVASCRIPT);
  const file = plain ?? find(TYPESCRIPT);
  if (file === undefined) return { problem: `handler ${text}: no file ${below(directory, module)}.{mjs,js,cjs,ts}` };
  const entry = below('.', file);
  const exports = nodeExports(repository.read(below(directory, file)));
  if (lacks(exports, name)) return { problem: `handler ${text}: ${missingExport(entry, name, exports)}` };
  const { file: made, ...where } = (plain === undefined ? planTypeScript : planScript)(repository, directory, entry);
  return { ...where, handler: `${made}#${name}`, notes: [] };
};

/** `app.lambda_handler`, `src/app.handler` or `app.main.handler` of a Python platform, below `directory`. */
const resolvePythonHandler = (
  repository: Repository,
  directory: string,
  text: string,
  options: { requirementsIn?: string[] } = {},
): Resolution => {
  const dot = text.lastIndexOf('.');
  const [module, name] = [text.slice(0, Math.max(dot, 0)), text.slice(dot + 1)];
  if (module === '' || !/^[A-Za-z_]\w*$/.test(name)) return { problem: `handler ${text}: not in the form FILE.NAME` };
  const path = module.replaceAll('.', '/');
  const file = [`${path}.py`, `${path}/__init__.py`].find((one) => repository.has(below(directory, one)));
  if (file === undefined) return { problem: `handler ${text}: no file ${below(directory, path)}.py` };
  const exports = pythonExports(repository.read(below(directory, file)));
  if (lacks(exports, name)) return { problem: `handler ${text}: ${missingExport(file, name, exports)}` };
  const { build, notes } = planPythonBuild(repository, directory, options);
  return { directory, handler: `${below('.', file)}:${name}`, build, notes };
};

const OTHERS: [RegExp, string][] = [
  [/^(go|provided|rust)/, 'it speaks the Lambda Runtime API itself'],
  [/^java/, 'a class cannot be called without the JVM of Lambda'],
  [/^(dotnet|ruby|php)/, 'its language has no runtime in Isogate'],
];

/** A handler of AWS Lambda, by the name of its runtime. */
export const resolveLambdaHandler = (
  repository: Repository,
  directory: string,
  options: { handler: string; runtime: string; requirementsIn?: string[] },
): Resolution => {
  const { handler, runtime, requirementsIn = ['.'] } = options;
  if (/^nodejs|^node/.test(runtime)) return resolveNodeHandler(repository, directory, handler);
  if (runtime.startsWith('python')) return resolvePythonHandler(repository, directory, handler, { requirementsIn });
  const [, why = 'Isogate calls Node and Python'] = OTHERS.find(([pattern]) => pattern.test(runtime)) ?? [];
  return { problem: `runtime ${runtime}: ${why}; write an HTTP server or a command around it` };
};
