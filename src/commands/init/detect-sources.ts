import { type Findings, type FoundFunction, foundFunction } from './found-function.ts';
import { inProject, planBuild, planTypeScript, readProject } from './node-project.ts';
import { planPythonBuild } from './python-build.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';
import { nodeExports, pythonExports } from './source-text.ts';

/** Names that platforms give to handlers, so that an export of this name is taken for one. */
const NODE_NAMES = ['handler', 'lambdaHandler', 'lambda_handler'];
const PYTHON_NAMES = ['lambda_handler', 'handler', 'lambdaHandler'];
/** Files in which also more general names are taken for handlers. */
const NODE_ENTRY = /^(src\/)?(handler|index|app|api|function|lambda|main)\.[mc]?js$/;
const BROWSER = /['"](react|vue|svelte|gatsby|next|preact|@angular)[/'"]|\bdocument\./;
const PYTHON_ENTRY = /^(src\/)?(app|handler|main|lambda_function|function)\.py$/;
const TESTS = /(^|[._/-])(test|spec|conftest|jest|vitest|webpack|rollup|eslint|babel|config)([._/-]|$)/i;
const MAX_SCANNED = 3000;

/** The nearest directory upwards that has one of the files, not above the root. */
const nearest = (repository: Repository, file: string, names: string[]): string => {
  for (let at = directoryOf(file); ; at = directoryOf(at)) {
    if (names.some((name) => repository.has(below(at, name)))) return at;
    if (at === '.') break;
  }
  // Node's modules are found from where a file is, so that the directory may be the one above `src`.
  const own = directoryOf(file);
  return names.includes('package.json') && /(^|\/)(src|lib)$/.test(own) ? directoryOf(own) : own;
};

const nameOf = (file: string): string => {
  const parts = file.replace(/\.[^./]*$/, '').split('/');
  const stem = parts.pop() ?? 'function';
  const isGeneral = /^(index|app|main|handler|lambda_function|lambda|function|__init__)$/.test(stem);
  const parent = parts.filter((part) => !['src', 'lib'].includes(part)).at(-1);
  return isGeneral && parent !== undefined ? parent : stem;
};

const fromNode = (repository: Repository, file: string): FoundFunction | null => {
  const text = repository.read(file);
  const { names } = nodeExports(text);
  const project = readProject(repository, nearest(repository, file, ['package.json']));
  const entry = relativeTo(project.directory, file);
  const general = NODE_ENTRY.test(entry) && !BROWSER.test(text) ? ['main', 'default'] : [];
  const name = [...NODE_NAMES, ...general].find((one) => names.has(one));
  if (name === undefined) return null;
  const place = file;
  if (/\.[cm]?tsx?$/.test(file)) {
    const { file: built, directory, build } = planTypeScript(repository, project.directory, entry);
    const call = { handler: `${built}#${name}` };
    return foundFunction({ name: nameOf(file), place, directory, call }, { home: project.directory, build });
  }
  const build = planBuild(repository, project, entry)?.build ?? null;
  const call = { handler: `${inProject(project, entry)}#${name}` };
  return foundFunction(
    { name: nameOf(file), place, directory: project.root, call },
    { home: project.directory, build },
  );
};

const fromPython = (repository: Repository, file: string): FoundFunction | null => {
  const text = repository.read(file);
  const { names } = pythonExports(text);
  const general = PYTHON_ENTRY.test(file) && /^def main\(\w+/m.test(text) ? ['main'] : [];
  const name = [...PYTHON_NAMES, ...general].find((one) => names.has(one));
  if (name === undefined || !new RegExp(String.raw`^(?:(?:async\s+)?def ${name}\(|${name}\s*=)`, 'm').test(text))
    return null;
  const directory = nearest(repository, file, ['requirements.txt', 'pyproject.toml', 'Pipfile']);
  const { build, notes } = planPythonBuild(repository, directory);
  const call = { handler: `${relativeTo(directory, file)}:${name}` };
  return foundFunction({ name: nameOf(file), place: file, directory, call }, { build, notes });
};

/** Handlers that no file of a platform describes: found by the names that they are exported under. */
export const detectSources = (repository: Repository, isTaken: (file: string) => boolean): Findings => {
  const functions: FoundFunction[] = [];
  const sources = repository.files.filter(
    (file) => /\.([cm]?js|[cm]?ts|py)$/.test(file) && !/\.d\.[cm]?ts$/.test(file),
  );
  for (const file of sources.slice(0, MAX_SCANNED)) {
    if (isTaken(file) || TESTS.test(file)) continue;
    const found = file.endsWith('.py') ? fromPython(repository, file) : fromNode(repository, file);
    if (found) functions.push(found);
  }
  return { functions, notes: [], directories: [] };
};
