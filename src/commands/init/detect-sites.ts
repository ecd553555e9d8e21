import { HTTP_SERVER } from './adapters/http-server.ts';
import { type Findings, type FoundFunction, foundFunction, type Note } from './found-function.ts';
import { planBundled, planScript } from './node-project.ts';
import { literal, mapping, readToml } from './read-data.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';
import { nodeExports } from './source-text.ts';
import { withTrigger } from './with-trigger.ts';

const SERVER = 'isogate-server.mjs';
const SCRIPT = /\.([cm]?js|[cm]?ts|tsx|jsx)$/;
const PORT = 8080;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface Site {
  repository: Repository;
  /** Directory of the site, which has package.json. */
  directory: string;
}

/** The file that runs: itself, or what esbuild makes of TypeScript. */
const runnable = ({ repository, directory }: Site, file: string) => {
  const entry = relativeTo(directory, file);
  return (/\.([cm]?tsx?|jsx)$/.test(file) ? planBundled : planScript)(repository, directory, entry);
};

const served = (
  site: Site,
  file: string,
  options: { kind: 'node' | 'web'; name: string; path: string },
): FoundFunction => {
  const { file: entry, directory, build } = runnable(site, file);
  const server = relativeTo(directory, below(site.directory, SERVER));
  const { names } = nodeExports(site.repository.read(file));
  const own =
    METHODS.find((name) => names.has(name)) ?? (/['"]POST['"]/.test(site.repository.read(file)) ? 'POST' : 'GET');
  const http = {
    command: ['node', server, entry, options.kind],
    port: PORT,
    path: options.path,
    ...(own === 'POST' ? {} : { method: own }),
  };
  const newFiles = [{ path: below(site.directory, SERVER), text: HTTP_SERVER }];
  return foundFunction(
    { name: options.name, place: file, directory, call: { http } },
    { home: site.directory, build, newFiles },
  );
};

const plainPath = (path: string): string => path.replaceAll(/\[+(?:\.{3})?\w+\]+/g, '1');

/** Files in `api/` of a site with vercel.json, and others of which the code says that Vercel calls them. */
const detectVercel = (site: Site): { functions: FoundFunction[]; notes: Note[] } => {
  const { repository, directory } = site;
  const functions: FoundFunction[] = [];
  const notes: Note[] = [];
  const folder = `${below(directory, 'api')}/`;
  for (const file of repository.files.filter((path) => path.startsWith(folder))) {
    if (/(^|\/)_|\.d\.ts$|\.(test|spec)\./.test(file.slice(folder.length))) continue;
    const name = file.slice(folder.length).replace(/\.\w+$/, '');
    if (/\.(py|go|rb)$/.test(file))
      notes.push({ place: file, text: `${name}: of Vercel's functions only Node's are understood` });
    if (!SCRIPT.test(file)) continue;
    const source = repository.read(file);
    const { names } = nodeExports(source);
    if (!names.has('default') && !METHODS.some((method) => names.has(method))) continue;
    const isEdge = /runtime['"]?\s*[:=]\s*['"](edge|experimental-edge)/.test(source);
    const path = `/api/${plainPath(name).replace(/(^|\/)index$/, '')}`;
    functions.push(served(site, file, { kind: isEdge ? 'web' : 'node', name: name.replaceAll('/', '-'), path }));
  }
  return { functions, notes };
};

/** The functions' directory that netlify.toml names. */
const netlifyFolder = ({ repository, directory }: Site): string => {
  const { value } = readToml(repository, below(directory, 'netlify.toml'));
  const named = literal(mapping(value['functions'])['directory']) ?? literal(mapping(value['build'])['functions']);
  return below(directory, named ?? 'netlify/functions');
};

const detectNetlify = (site: Site): { functions: FoundFunction[]; notes: Note[] } => {
  const { repository, directory } = site;
  const folder = `${netlifyFolder(site)}/`;
  const functions: FoundFunction[] = [];
  const notes: Note[] = [];
  for (const file of repository.files.filter((path) => path.startsWith(folder))) {
    const [, name = '', inner] = /^([^/.]+)(?:\/([^/]+))?\.\w+$/.exec(file.slice(folder.length)) ?? [];
    const isEntry = name !== '' && (inner === undefined || inner === name || inner === 'index');
    if (file.endsWith('.go')) notes.push({ place: file, text: "of Netlify's functions only Node's are understood" });
    if (!isEntry || !SCRIPT.test(file)) continue;
    const { names } = nodeExports(repository.read(file));
    const path = `/.netlify/functions/${name}`;
    if (names.has('handler')) {
      const { file: entry, ...where } = runnable(site, file);
      const call = { handler: `${entry}#handler` };
      const found = foundFunction({ name, place: file, ...where, call }, { home: directory, build: where.build });
      functions.push(withTrigger(found, { kind: 'rest-api', method: 'GET', path }));
    } else if (names.has('default')) functions.push(served(site, file, { kind: 'web', name, path }));
  }
  return { functions, notes };
};

/** Functions of sites on Vercel and Netlify. */
export const detectSites = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  const has = (directory: string, pattern: RegExp) =>
    repository.files.some((file) => pattern.test(relativeTo(directory, file)));
  const roots = repository.files
    .filter((file) => /(^|\/)(vercel\.json|netlify\.toml|package\.json)$/.test(file))
    .map(directoryOf);
  for (const directory of new Set(roots)) {
    const site = { repository, directory };
    const text = repository.read(below(directory, 'package.json'));
    const isVercel = repository.has(below(directory, 'vercel.json')) || /"(@vercel\/node|vercel)"/.test(text);
    const isNetlify = repository.has(below(directory, 'netlify.toml')) || has(directory, /^netlify\/functions\//);
    const found = [...(isVercel ? [detectVercel(site)] : []), ...(isNetlify ? [detectNetlify(site)] : [])];
    for (const { functions, notes } of found) {
      findings.functions.push(...functions);
      findings.notes.push(...notes);
      if (functions.length > 0)
        findings.directories.push(isVercel ? below(directory, 'api') : netlifyFolder(site), ...scriptsOf(site));
    }
  }
  return findings;
};

/** What makes the site's pages is none of its functions. */
const scriptsOf = ({ directory }: Site): string[] =>
  ['public', 'scripts', 'src', 'app', 'pages', 'components', 'lib'].map((name) => below(directory, name));
