import { serverCommand } from './command-line.ts';
import { type Findings, type FoundFunction, type FoundServer, foundFunction } from './found-function.ts';
import { functionTarget } from './function-target.ts';
import { inProject, type NodeProject, planBuild, readProject } from './node-project.ts';
import { literal } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';
import { findPort, findRoute, nodeExports } from './source-text.ts';

const DEFAULT_PORT = 8080;
const SERVERS = [
  ...['express', 'fastify', 'koa', '@hapi/hapi', 'restify', 'polka', '@hono/node-server', '@nestjs/core'],
  ...['next', 'nuxt', '@remix-run/serve', 'faas-js-runtime', 'micro', 'json-server'],
];
const LISTENS = /\bcreateServer\b|\.listen\s*\(|\bserve\s*\(/;
const FRAMEWORK = '@google-cloud/functions-framework';
const REGISTERED = /\bfunctions\.(http|cloudEvent)\(\s*['"`]([\w$.-]+)['"`]/g;

const CLOUD_EVENT_HEADERS = {
  'ce-id': '1',
  'ce-source': '//isogate',
  'ce-specversion': '1.0',
  'ce-type': 'com.example.test',
};

/** The source of a file that a build makes is looked for beside it: `dist/index.js` is `src/index.ts` or `index.ts`. */
const sourceOf = (repository: Repository, project: NodeProject, file: string): string => {
  const stem = below('.', file).replace(/\.[cm]?js$/, '');
  const inner = stem.includes('/') ? stem.slice(stem.indexOf('/') + 1) : stem;
  const candidates = [file, `src/${inner}.ts`, `${inner}.ts`, `${stem}.ts`, `src/${inner}.js`];
  const found = candidates.map((one) => below(project.directory, one)).find((path) => repository.has(path));
  return found ?? '';
};

const nameOf = (project: NodeProject): string =>
  (literal(project.manifest['name']) ?? '').replace(/^@[^/]+\//, '') ||
  project.directory.split('/').at(-1) ||
  'function';

const manifestPlace = (project: NodeProject): string => below(project.directory, 'package.json');

/** Functions Framework: the targets that scripts name, or that the code registers. */
const detectFramework = (repository: Repository, project: NodeProject): FoundFunction[] => {
  const named = functionTarget(repository, project.directory);
  const usesFramework = /functions-framework\b/.test(JSON.stringify(project.scripts));
  if (project.packages[FRAMEWORK] === undefined && !usesFramework) return [];
  const main = literal(project.manifest['main']) ?? 'index.js';
  const source = repository.read(sourceOf(repository, project, main));
  const registered = [...source.matchAll(REGISTERED)].map(([, kind, target = '']) => ({
    kind: kind ?? 'http',
    target,
  }));
  const kindOf = (name: string) =>
    named?.signature ?? registered.find((one) => one.target === name)?.kind.toLowerCase() ?? 'http';
  const targets = named === null ? registered.map((one) => one.target) : [named.target];
  const plan = planBuild(repository, project, main);
  if (!plan) return [];
  return targets.map((name) => {
    const isEvent = kindOf(name) === 'cloudevent';
    const from = project.prefix === '' ? [] : [`--source=${project.prefix}`];
    const http: FoundServer = {
      command: [
        'node_modules/.bin/functions-framework',
        `--target=${name}`,
        ...from,
        ...(isEvent ? ['--signature-type=cloudevent'] : []),
      ],
      port: DEFAULT_PORT,
      ...(isEvent ? { headers: { 'content-type': 'application/json', ...CLOUD_EVENT_HEADERS } } : {}),
    };
    const place = manifestPlace(project);
    return foundFunction(
      { name, place, directory: project.root, call: { http } },
      { home: project.directory, build: plan.build },
    );
  });
};

/** The script `start`, or `main`, where it is a server. */
const detectServer = (repository: Repository, project: NodeProject): FoundFunction[] => {
  const start = literal(project.scripts['start']);
  const main =
    literal(project.manifest['main']) ??
    ['server.js', 'server.mjs', 'app.js', 'index.js'].find((file) => repository.has(below(project.directory, file)));
  const line = start ?? (main === undefined ? null : `node ${main}`);
  const command = line === null ? null : serverCommand(line, 'node', DEFAULT_PORT);
  if (!command) return [];
  const file =
    command.words.find((word) => /\.[cm]?[jt]s$/.test(word)) ??
    (command.words[0] === 'node' ? command.words[1] : undefined);
  const path = file === undefined ? '' : sourceOf(repository, project, resolveFile(repository, project, file));
  const source = repository.read(path);
  const isServer = SERVERS.some((name) => project.packages[name] !== undefined) || LISTENS.test(source);
  if (!isServer || (start === null && !LISTENS.test(source))) return [];
  const built = file === undefined ? null : resolveFile(repository, project, file);
  const plan = planBuild(repository, project, built);
  if (!plan) return [];
  const words = command.words.map((word) => (word === file && built !== null ? inProject(project, built) : word));
  const near = [source, ...neighbours(repository, path)].join('\n');
  const usesPort = /\bPORT\b/.test(near);
  const port = usesPort ? DEFAULT_PORT : (findPort(source) ?? DEFAULT_PORT);
  const http: FoundServer = { command: words, port, ...requestOf(near) };
  return [
    foundFunction(
      { name: nameOf(project), place: manifestPlace(project), directory: project.root, call: { http } },
      { home: project.directory, build: plan.build, env: command.env },
    ),
  ];
};

/** `dist/server` is `dist/server.js`, and a directory is its index.js. */
const resolveFile = (repository: Repository, project: NodeProject, file: string): string => {
  if (/\.[cm]?[jt]s$/.test(file)) return file;
  const forms = [`${file}.js`, `${file}.mjs`, `${file}.cjs`, below(file, 'index.js')];
  return forms.find((form) => repository.has(below(project.directory, form))) ?? `${file}.js`;
};

/** Other files of the server, in which its routes may be. */
const neighbours = (repository: Repository, path: string): string[] => {
  const directory = directoryOf(path);
  const prefix = directory === '.' ? '' : `${directory}/`;
  const files = repository.files.filter(
    (file) => file.startsWith(prefix) && /\.[cm]?[jt]s$/.test(file) && file !== path,
  );
  return files.slice(0, 50).map((file) => repository.read(file));
};

/**
 * The request of the first route, as keys of `http` that differ from the defaults. Where no route is found, the path is
 * there nevertheless, so that the file shows what is to be set.
 */
export const requestOf = (source: string): { path?: string; method?: string } => {
  const route = findRoute(source);
  if (!route) return { path: '/', method: 'GET' };
  return {
    ...(route.path === '/' ? {} : { path: route.path }),
    ...(route.method === 'POST' ? {} : { method: route.method }),
  };
};

const HANDLERS = ['handler', 'lambdaHandler', 'main', 'default'];

/** `main` of package.json, where it exports something that is named like a handler. */
const detectMain = (repository: Repository, project: NodeProject): FoundFunction[] => {
  const main = literal(project.manifest['main']);
  if (main === null) return [];
  const file = resolveFile(repository, project, below('.', main));
  const { names } = nodeExports(repository.read(sourceOf(repository, project, file)));
  const name = HANDLERS.find((one) => names.has(one));
  const plan = name === undefined ? null : planBuild(repository, project, file);
  if (!plan) return [];
  const handler = `${inProject(project, file)}#${name}`;
  const place = manifestPlace(project);
  return [
    foundFunction(
      { name: nameOf(project), place, directory: project.root, call: { handler } },
      { ...plan, home: project.directory },
    ),
  ];
};

/** What the package.json in a directory says of functions. */
export const detectNodeProject = (repository: Repository, directory: string): Findings => {
  const project = readProject(repository, directory);
  const ways = [detectFramework, detectServer, detectMain];
  for (const way of ways) {
    const functions = way(repository, project);
    if (functions.length > 0) return { functions, notes: [], directories: [directory] };
  }
  return { functions: [], notes: [], directories: [] };
};
