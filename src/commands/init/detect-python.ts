import { serverCommand } from './command-line.ts';
import { requestOf } from './detect-node.ts';
import { type Findings, type FoundFunction, type FoundServer, foundFunction } from './found-function.ts';
import { functionTarget } from './function-target.ts';
import { planPythonBuild } from './python-build.ts';
import { literal, mapping, readToml } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';
import { findPort } from './source-text.ts';

const DEFAULT_PORT = 8080;
const FILES = [
  'main.py',
  'app.py',
  'wsgi.py',
  'asgi.py',
  'server.py',
  'application.py',
  'src/main.py',
  'src/app.py',
  'app/main.py',
];
const FRAMEWORK =
  /@functions_framework\.(http|cloud_event|typed)[^\n]{0,300}\n(?:@[^\n]{0,300}\n){0,10}(?:async\s+)?def\s+(\w+)/g;
const APPLICATION =
  /^(\w+)(?:\s*:\s*\w+)?\s*=\s*(Flask|FastAPI|Starlette|Quart|Sanic|Bottle|falcon\.\w+|APIGatewayRestResolver)\(/m;
const EVENT_HEADERS = {
  'content-type': 'application/json',
  'ce-id': '1',
  'ce-source': '//isogate',
  'ce-specversion': '1.0',
  'ce-type': 'com.example.test',
};
const ASGI = ['FastAPI', 'Starlette', 'Quart'];

const nameOf = (directory: string, fallback: string): string =>
  directory === '.' ? fallback : (directory.split('/').at(-1) ?? fallback);

/** Functions Framework: each function that the code registers. */
const detectFramework = (repository: Repository, directory: string): FoundFunction[] => {
  const file = 'main.py';
  const source = repository.read(below(directory, file));
  const { build } = planPythonBuild(repository, directory, { more: ['functions-framework'] });
  const registered = [...source.matchAll(FRAMEWORK)].map(([, kind = '', name = '']) => ({ kind, name }));
  const named = functionTarget(repository, directory);
  const isNamed = named !== null && new RegExp(String.raw`^(?:async\s+)?def ${named.target}\(`, 'm').test(source);
  const found =
    registered.length === 0 && isNamed ? [{ kind: named.signature ?? 'http', name: named.target }] : registered;
  return found.map(({ kind, name }) => {
    const isEvent = /^cloud_?event$/.test(kind);
    const http: FoundServer = {
      command: [
        'python3',
        '-m',
        'functions_framework',
        `--target=${name}`,
        ...(isEvent ? ['--signature-type=cloudevent'] : []),
      ],
      port: DEFAULT_PORT,
      ...(isEvent ? { headers: EVENT_HEADERS } : {}),
    };
    return foundFunction({ name, place: below(directory, file), directory, call: { http } }, { build });
  });
};

/** The line `web:` of a Procfile. */
const detectProcfile = (repository: Repository, directory: string): FoundFunction[] => {
  const path = below(directory, 'Procfile');
  const line = /^web:\s*(.+)$/m.exec(repository.read(path))?.[1];
  const isPython = ['requirements.txt', 'pyproject.toml', 'Pipfile'].some((file) =>
    repository.has(below(directory, file)),
  );
  const command = line && isPython ? serverCommand(line, 'python', DEFAULT_PORT) : null;
  if (!command) return [];
  const text = pythonText(repository, directory);
  const { build, notes } = planPythonBuild(repository, directory, {});
  const words =
    command.words.includes('--bind') || command.words.includes('-b') || !command.words.includes('gunicorn')
      ? command.words
      : [...command.words, '--bind', `127.0.0.1:${DEFAULT_PORT}`];
  const http: FoundServer = { command: words, port: portOf(words), ...requestOf(text) };
  const name = nameOf(directory, 'web');
  return [foundFunction({ name, place: path, directory, call: { http } }, { build, notes, env: command.env })];
};

const portOf = (words: string[]): number =>
  Number(
    /(?:^|[:=])(\d{2,5})$/.exec(words.findLast((word) => /(?:^|[:=])\d{2,5}$/.test(word)) ?? '')?.[1] ?? DEFAULT_PORT,
  );

/** All Python files of a directory: routes may be in any of them. */
const pythonText = (repository: Repository, directory: string): string =>
  repository.files
    .filter((file) => file.endsWith('.py') && (directory === '.' || file.startsWith(`${directory}/`)))
    .slice(0, 50)
    .map((file) => repository.read(file))
    .join('\n');

/** An application object of a known framework, started as its own file does, or by the framework's server. */
const detectApplication = (repository: Repository, directory: string): FoundFunction[] => {
  for (const file of FILES) {
    const source = repository.read(below(directory, file));
    const [, object, kind = ''] = APPLICATION.exec(source) ?? [];
    const isBare = object === undefined && /\b(?:HTTPServer|make_server)\s*\(/.test(source);
    if (object === undefined && !isBare) continue;
    if (kind === 'APIGatewayRestResolver') continue;
    const { build, notes, text } = planPythonBuild(repository, directory);
    const hasMain = /__name__\s*==\s*['"]__main__['"]/.test(source) && /\.run\(|serve_forever|serve\(/.test(source);
    const module = file.replace(/\.py$/, '').replaceAll('/', '.');
    const command = startCommand({ file, module, object: object ?? '', kind, packages: text.toLowerCase(), hasMain });
    if (!command) continue;
    const own = command.length === 2;
    const port =
      own && !/\bPORT\b/.test(source) ? (findPort(source) ?? (kind === 'Flask' ? 5000 : DEFAULT_PORT)) : DEFAULT_PORT;
    const http: FoundServer = { command, port, ...requestOf(pythonText(repository, directory)) };
    const place = below(directory, file);
    return [foundFunction({ name: nameOf(directory, module), place, directory, call: { http } }, { build, notes })];
  }
  return [];
};

const startCommand = (app: {
  file: string;
  module: string;
  object: string;
  kind: string;
  packages: string;
  hasMain: boolean;
}): string[] | null => {
  const target = `${app.module}:${app.object}`;
  const isAsgi = ASGI.includes(app.kind);
  if ((isAsgi && app.packages.includes('uvicorn')) || app.packages.includes('fastapi[standard]'))
    return ['python3', '-m', 'uvicorn', target, '--port', String(DEFAULT_PORT)];
  if (!isAsgi && app.packages.includes('gunicorn') && app.object !== '')
    return ['python3', '-m', 'gunicorn', '--bind', `127.0.0.1:${DEFAULT_PORT}`, target];
  if (app.hasMain || app.object === '') return ['python3', app.file];
  if (app.kind === 'Flask') return ['python3', '-m', 'flask', '--app', target, 'run', '--port', String(DEFAULT_PORT)];
  return null;
};

/** Scripts of pyproject.toml that are named like a handler, such as `handler = "pkg.app:handler"`. */
const detectScripts = (repository: Repository, directory: string): FoundFunction[] => {
  const path = below(directory, 'pyproject.toml');
  if (!repository.has(path)) return [];
  const { value } = readToml(repository, path);
  const poetry = mapping(mapping(mapping(value['tool'])['poetry'])['scripts']);
  const entries = {
    ...poetry,
    ...mapping(mapping(mapping(value['project'])['entry-points'])['isogate']),
    ...mapping(mapping(value['project'])['scripts']),
  };
  const found: FoundFunction[] = [];
  for (const [name, target] of Object.entries(entries)) {
    const [, module = '', callable = ''] = /^([\w.]+):(\w+)$/.exec(literal(target) ?? '') ?? [];
    if (!/handler|^main$/.test(callable)) continue;
    for (const root of [directory, below(directory, 'src')]) {
      const file = [`${module.replaceAll('.', '/')}.py`, `${module.replaceAll('.', '/')}/__init__.py`].find((one) =>
        repository.has(below(root, one)),
      );
      const takesEvent = new RegExp(String.raw`def\s+${callable}\s*\(\s*\w+`).test(
        repository.read(below(root, file ?? '')),
      );
      if (file === undefined || !takesEvent) continue;
      const { build, notes } = planPythonBuild(repository, directory);
      const fitting = root === directory || !build?.argv.includes('-r') ? build : null;
      found.push(
        foundFunction(
          { name, place: path, directory: root, call: { handler: `${file}:${callable}` } },
          { build: fitting, notes },
        ),
      );
      break;
    }
  }
  return found;
};

/** What a directory with requirements.txt, pyproject.toml or Python files says of functions. */
export const detectPythonProject = (repository: Repository, directory: string): Findings => {
  const ways = [detectFramework, detectProcfile, detectApplication, detectScripts];
  for (const way of ways) {
    const functions = way(repository, directory);
    if (functions.length > 0) return { functions, notes: [], directories: [directory] };
  }
  return { functions: [], notes: [], directories: [] };
};

/** Directories that a Python project may start in. */
export const pythonDirectories = (repository: Repository): string[] => [
  ...new Set(
    repository.files
      .filter((file) =>
        /(^|\/)(requirements\.txt|pyproject\.toml|Pipfile|Procfile|main\.py|app\.py|wsgi\.py)$/.test(file),
      )
      .map(directoryOf),
  ),
];
