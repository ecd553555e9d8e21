import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface DetectedFunction {
  name: string;
  handler: string;
  build: string[] | null;
}

const NODE_FILES = ['src/handler', 'src/index', 'handler', 'index', 'app'].flatMap((stem) =>
  ['mjs', 'js', 'cjs'].map((ending) => `${stem}.${ending}`),
);
const PYTHON_FILES = ['app.py', 'handler.py', 'main.py', 'lambda_function.py', 'src/app.py', 'src/handler.py'];

// Read as text: repository code is never loaded to find out what it exports.
const NODE_EXPORT = /export\s+(?:const|let|async\s+function|function)\s+(handler|main)\b|exports\.(handler|main)\s*=/;
const NODE_DEFAULT = /export\s+default\b/;
const PYTHON_EXPORT = /^(?:async\s+)?def\s+(handler|lambda_handler|main)\s*\(/m;

const read = (directory: string, file: string): string => {
  const path = join(directory, file);
  return existsSync(path) ? readFileSync(path, 'utf8').slice(0, 2 ** 20) : '';
};

const readManifest = (directory: string): { main?: unknown; dependencies?: unknown } => {
  try {
    return Object(JSON.parse(read(directory, 'package.json')));
  } catch {
    return {};
  }
};

const isNodeFile = (file: unknown): file is string => typeof file === 'string' && /\.[mc]?js$/.test(file);

const detectNode = (directory: string): string | null => {
  const { main } = readManifest(directory);
  for (const file of [...(isNodeFile(main) ? [main.replace(/^\.\//, '')] : []), ...NODE_FILES]) {
    const text = read(directory, file);
    const match = NODE_EXPORT.exec(text);
    if (match) return `${file}#${match[1] ?? match[2]}`;
    if (NODE_DEFAULT.test(text)) return `${file}#default`;
  }
  return null;
};

const detectPython = (directory: string): string | null => {
  for (const file of PYTHON_FILES) {
    const match = PYTHON_EXPORT.exec(read(directory, file));
    if (match) return `${file}:${match[1]}`;
  }
  return null;
};

const plainName = (directory: string): string =>
  basename(directory)
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63) || 'function';

/** A handler that looks like one, under the names that platforms use; null where there is none. */
export const detectFunction = (directory: string): DetectedFunction | null => {
  const name = plainName(directory);
  const node = detectNode(directory);
  if (node) {
    const { dependencies } = readManifest(directory);
    const needsBuild = Object.keys(Object(dependencies)).length > 0;
    const command = existsSync(join(directory, 'package-lock.json')) ? ['npm', 'ci'] : ['npm', 'install'];
    return { name, handler: node, build: needsBuild ? [...command, '--omit=dev'] : null };
  }
  const python = detectPython(directory);
  if (!python) return null;
  const hasRequirements = read(directory, 'requirements.txt').trim() !== '';
  const pip = ['pip', 'install', '--target', '.', '--requirement', 'requirements.txt'];
  return { name, handler: python, build: hasRequirements ? pip : null };
};
