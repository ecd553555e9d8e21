/** Handlers as people write them: the forms of Isogate, and those of AWS Lambda where exactly one file fits. */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, show } from './problems.ts';

const NODE = /^(.+\.(?:mjs|cjs|js))#([A-Za-z_$][\w$]*)$/;
const PYTHON = /^(.+\.py):([A-Za-z_]\w*)$/;
/** A path without its extension, or a package's module, then what the platform's dot, # or : divides from it. */
const DOTTED = /^([^#:\s]+)([.#:])([A-Za-z_$][\w$]*)$/;
const NODE_FILE = /\.(?:mjs|cjs|js)$/;
const TYPESCRIPT_FILE = /\.[mc]?tsx?$/;

const NODE_EXTENSIONS = ['.js', '.mjs', '.cjs'];
const TYPESCRIPT_EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx'];

export interface Handler {
  runtime: 'node' | 'python';
  file: string;
  export: string;
}

export const HANDLER_FORMS = 'FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler';

/** Language, module file and exported name of `src/api.mjs#handler` or `app.py:handler`; null where it is neither. */
export const parseHandler = (text: string): Handler | null => {
  const node = NODE.exec(text);
  if (node?.[1] && node[2]) return { runtime: 'node', file: node[1], export: node[2] };
  const python = PYTHON.exec(text);
  if (python?.[1] && python[2]) return { runtime: 'python', file: python[1], export: python[2] };
  return null;
};

const isFile = (directory: string, path: string): boolean =>
  statSync(join(directory, path), { throwIfNoEntry: false })?.isFile() ?? false;

/** Its last dot then divides nothing. */
const isCodeFile = (text: string): boolean =>
  NODE_FILE.test(text) || TYPESCRIPT_FILE.test(text) || text.endsWith('.py');

const toHandler = (file: string, name: string): Handler => ({
  runtime: NODE_FILE.test(file) ? 'node' : 'python',
  file,
  export: name,
});

const write = ({ runtime, file, export: name }: Handler): string => `${file}${runtime === 'node' ? '#' : ':'}${name}`;

/** Files that `stem` may stand for: `index.js`, `app.py`, and `app/main.py` for the module `app.main`. */
const listFiles = (stem: string): string[] => {
  const module = stem.split('/').at(-1)?.includes('.') ? [`${stem.replaceAll('.', '/')}.py`] : [];
  return [...NODE_EXTENSIONS, '.py'].map((extension) => `${stem}${extension}`).concat(module);
};

const adviceOnTypeScript = (file: string, name: string): string => {
  const compiled = `dist/${file.replace(TYPESCRIPT_FILE, '')}.js#${name}`;
  return `TypeScript is not compiled here; accepted: the JavaScript that it becomes, such as ${show(compiled)}, with build: for what makes it`;
};

/** The last part of a message: what was probably meant. */
const suggestForm = (text: string, directory: string): string => {
  if (NODE_FILE.test(text)) return `did you mean ${text}#handler?`;
  if (text.endsWith('.py')) return `did you mean ${text}:handler?`;
  const [, stem = '', , name = ''] = DOTTED.exec(text) ?? [];
  if (NODE_FILE.test(stem) || stem.endsWith('.py')) return `did you mean ${write(toHandler(stem, name))}?`;
  const found = stem === '' ? [] : listFiles(stem).filter((file) => isFile(directory, file));
  if (found.length === 0) return `accepted: ${HANDLER_FORMS}`;
  return `did you mean ${found.map((file) => write(toHandler(file, name))).join(' or ')}?`;
};

/** A path that leads out of the directory is told elsewhere. */
const isBelow = (stem: string): boolean => !stem.startsWith('/') && !stem.split('/').includes('..');

/** Directories that hold no function's own code, or too much to look through. */
const isPassedOver = (name: string): boolean => name.startsWith('.') || name === 'node_modules';
const MOST_LISTED = 1000;

/** Empty where it cannot be read: then there is nothing to propose. */
function listEntries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Directories below, the nearest first, two levels deep. */
function listDirectories(directory: string, depth = 2, prefix = ''): string[] {
  const entries = listEntries(directory);
  const own = entries
    .filter((entry) => entry.isDirectory() && !isPassedOver(entry.name))
    .map(({ name }) => name)
    .sort()
    .slice(0, MOST_LISTED);
  const below =
    depth > 1 ? own.flatMap((name) => listDirectories(join(directory, name), depth - 1, `${prefix}${name}/`)) : [];
  return [...own.map((name) => prefix + name), ...below];
}

/** Of a handler as on AWS Lambda without a file: which one is not there, and the directory that has it. */
function explainMissing(stem: string, directory: string, shown: string): string {
  const files = listFiles(stem);
  const found = listDirectories(directory)
    .flatMap((below) => files.filter((file) => isFile(join(directory, below), file)).map((file) => ({ below, file })))
    .at(0);
  if (found === undefined)
    return `no ${files.slice(0, -1).join(', ')} or ${files.at(-1)} in ${shown}; accepted: ${HANDLER_FORMS}`;
  return `no ${found.file} in ${shown}; did you mean directory: ${join(shown, found.below)}?`;
}

/**
 * The handler that a text stands for in the function's directory; null where it is none, which is reported.
 * @param shown the directory as it is written in the configuration
 */
export function findHandler(text: string, directory: string, report: Report, shown = '.'): Handler | null {
  const exact = parseHandler(text);
  if (exact !== null) return exact;
  const [, stem = '', divider, name = ''] = DOTTED.exec(text) ?? [];
  const found = divider === '.' && !isCodeFile(text) ? listFiles(stem).filter((file) => isFile(directory, file)) : [];
  if (found.length === 1) return toHandler(found[0] as string, name);
  const named = [text, stem].find((one) => TYPESCRIPT_FILE.test(one));
  const isBeside = (extension: string): boolean => isFile(directory, `${stem}${extension}`);
  const isTypeScript = stem !== '' && found.length === 0 && TYPESCRIPT_EXTENSIONS.some(isBeside);
  if (named !== undefined)
    report(['handler'], `${show(text)}: ${adviceOnTypeScript(named, named === text ? 'handler' : name)}`);
  else if (isTypeScript) report(['handler'], `${show(text)}: ${adviceOnTypeScript(stem, name)}`);
  else if (found.length > 1)
    report(['handler'], `${show(text)}: fits ${found.length} files; ${suggestForm(text, directory)}`);
  else if (divider === '.' && found.length === 0 && !isCodeFile(text) && !isCodeFile(stem) && isBelow(stem))
    report(['handler'], `${show(text)}: ${explainMissing(stem, directory, shown)}`);
  else report(['handler'], `${show(text)}: not a handler; ${suggestForm(text, directory)}`);
  return null;
}
