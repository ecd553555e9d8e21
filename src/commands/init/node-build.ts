import type { FoundBuild } from './found-function.ts';
import { list, literal, mapping, readJson, readJsonWithComments } from './read-data.ts';
import { below, type Repository, relativeTo } from './repository.ts';
import { isWorkspaceRoot } from './workspaces.ts';

const QUIET = ['--no-audit', '--no-fund'];
/** Used where a repository has TypeScript and no bundler of its own, as SAM and Serverless Framework bring one. */
const ESBUILD = 'esbuild@0.25.12';
/** Used where a repository's workspaces are pnpm's and its package.json does not say which pnpm. */
const PNPM = 'pnpm@9.15.9';

/** How pnpm is started; null where npm does its work, which does not know pnpm's workspaces. */
const pnpmProgram = (repository: Repository, directory: string): string[] | null => {
  const isHere = repository.hasProgram('pnpm');
  if (isHere && repository.has(below(directory, 'pnpm-lock.yaml'))) return ['pnpm'];
  if (!repository.has(below(directory, 'pnpm-workspace.yaml'))) return null;
  const { packageManager } = readJson(repository, below(directory, 'package.json'));
  const [named = PNPM] = /^pnpm@\d[\w.-]*/.exec(literal(packageManager) ?? '') ?? [];
  return isHere ? ['pnpm'] : ['npx', '--yes', named];
};

/** Installs what package.json names; null where it names nothing. `dev`: also what only a build needs. */
export const installNode = (repository: Repository, directory: string, dev: boolean): string[] | null => {
  const manifest = readJson(repository, below(directory, 'package.json'));
  const names = [manifest['dependencies'], manifest['optionalDependencies'], dev ? manifest['devDependencies'] : {}];
  if (!isWorkspaceRoot(repository, directory) && names.every((part) => Object.keys(mapping(part)).length === 0))
    return null;
  const has = (file: string) => repository.has(below(directory, file));
  const pnpm = pnpmProgram(repository, directory);
  if (pnpm !== null) {
    const frozen = has('pnpm-lock.yaml') ? ['--frozen-lockfile'] : [];
    return [...pnpm, 'install', ...frozen, ...(dev ? [] : ['--prod'])];
  }
  if (has('yarn.lock') && !has('package-lock.json') && repository.hasProgram('yarn'))
    return ['yarn', 'install', '--frozen-lockfile', ...(dev ? [] : ['--production'])];
  const verb = has('package-lock.json') || has('npm-shrinkwrap.json') ? 'ci' : 'install';
  return ['npm', verb, ...(dev ? [] : ['--omit=dev']), ...QUIET];
};

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

const BROUGHT = /(?:\brequire\(|\bfrom|\bimport\b\s*\(?)\s*['"](@aws-sdk\/[\w-]+|aws-sdk)\b/g;

/** Packages that the code asks for, that package.json does not name, and that AWS Lambda brings itself. */
const broughtByLambda = (repository: Repository, directory: string): string[] => {
  const manifest = readJson(repository, below(directory, 'package.json'));
  if (isWorkspaceRoot(repository, directory)) return [];
  const named = mapping(manifest['dependencies']);
  const prefix = directory === '.' ? '' : `${directory}/`;
  const sources = repository.files.filter((file) => file.startsWith(prefix) && /\.[cm]?[jt]sx?$/.test(file));
  const asked = sources.slice(0, 300).flatMap((file) => [...repository.read(file).matchAll(BROUGHT)]);
  return [...new Set(asked.map(([, name = '']) => name))].filter((name) => named[name] === undefined).sort();
};

const addBrought = (names: string[]): string[][] =>
  names.length === 0 ? [] : [['npm', 'install', '--no-save', '--omit=dev', ...QUIET, ...names]];

/** One program where one is enough, else a shell that runs them in order. */
const inOrder = (steps: string[][]): string[] => {
  const [first, ...rest] = steps;
  if (first && rest.length === 0) return first;
  return ['sh', '-c', steps.map((words) => words.map(quote).join(' ')).join(' && ')];
};

/** What only a checkout for development has, such as git hooks: it fails where devDependencies are left out. */
const withoutPrepare = (repository: Repository, directory: string, install: string[]): string[][] => {
  const { prepare } = mapping(readJson(repository, below(directory, 'package.json'))['scripts']);
  const isLeftOut = typeof prepare === 'string' && install[0] === 'npm' && install.includes('--omit=dev');
  return isLeftOut ? [['npm', 'pkg', 'delete', 'scripts.prepare'], install] : [install];
};

/** What is added by npm; nothing beside pnpm or yarn, whose node_modules npm would take apart. */
const missingFor = (repository: Repository, member: string, install: string[] | null): string[] =>
  install !== null && install[0] !== 'npm' ? [] : broughtByLambda(repository, member);

/**
 * The build of a directory whose JavaScript runs as it is.
 * @param member the directory of the code, where the installation is that of the workspaces around it
 */
export const planNodeInstall = (repository: Repository, directory: string, member = directory): FoundBuild | null => {
  const install = installNode(repository, directory, false);
  const own = install ? withoutPrepare(repository, directory, install) : [];
  const steps = [...own, ...addBrought(missingFor(repository, member, install))];
  return steps.length === 0 ? null : { argv: inOrder(steps), network: true };
};

/** Installs everything and runs the script `build`. */
export const planNodeScript = (repository: Repository, directory: string, scripts: string[]): FoundBuild => {
  const install = installNode(repository, directory, true);
  const steps = [...(install ? [install] : []), ...scripts.map((script) => ['npm', 'run', script])];
  return { argv: inOrder(steps), network: install !== null };
};

/** `entry` is relative to `directory`. Bundles a TypeScript file into one file of JavaScript, as SAM and Serverless Framework do. */
export const planBundle = (
  repository: Repository,
  directory: string,
  entry: string,
  member = directory,
): { build: FoundBuild; file: string } => {
  const file = `isogate-build/${entry.replaceAll('/', '-').replace(/\.[cm]?tsx?$/, '')}.cjs`;
  const install = installNode(repository, directory, true);
  const manifest = readJson(repository, below(directory, 'package.json'));
  const isThere = ['dependencies', 'devDependencies'].some((key) => mapping(manifest[key])['esbuild'] !== undefined);
  const esbuild = isThere ? ['npx', 'esbuild'] : ['npx', '--yes', ESBUILD];
  const bundle = [...esbuild, entry, '--bundle', '--platform=node', '--target=node20', `--outfile=${file}`];
  const named = mapping(readJson(repository, below(member, 'package.json'))['devDependencies']);
  const brought = missingFor(repository, member, install).filter((name) => named[name] === undefined);
  const add = brought.length === 0 ? [] : [['npm', 'install', '--no-save', ...QUIET, ...brought]];
  const tidy = install || brought.length > 0 ? [['rm', '-rf', 'node_modules']] : [];
  return { build: { argv: inOrder([...(install ? [install] : []), ...add, bundle, ...tidy]), network: true }, file };
};

const isSource = (file: string): boolean => /\.[cm]?ts$/.test(file) && !/\.(d|test|spec)\.[cm]?ts$/.test(file);

/** Where tsc puts the JavaScript of a TypeScript file, by tsconfig.json; null where it does not say. */
export const compiledName = (repository: Repository, directory: string, entry: string): string | null => {
  const config = readJsonWithComments(repository, below(directory, 'tsconfig.json'));
  const options = mapping(config['compilerOptions']);
  const outDir = literal(options['outDir']);
  if (outDir === null) return null;
  const include = list(config['include']).map((part) => String(part).replace(/^\.\//, '').split('/')[0] ?? '');
  const prefix = directory === '.' ? '' : `${directory}/`;
  const sources = repository.files
    .filter((file) => file.startsWith(prefix) && isSource(file))
    .map((file) => relativeTo(directory, file))
    .filter((file) => include.length === 0 || include.some((part) => file === part || file.startsWith(`${part}/`)));
  const tops = new Set(sources.map((file) => (file.includes('/') ? file.split('/')[0] : '.')));
  const [top] = tops;
  const root = literal(options['rootDir']) ?? (tops.size === 1 && top ? top : '.');
  const inside = relativeTo(below('.', root), entry);
  if (inside.startsWith('..')) return null;
  return below(outDir, inside.replace(/\.([cm]?)tsx?$/, '.$1js'));
};
