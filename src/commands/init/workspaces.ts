import { list, mapping, readJson, readYaml } from './read-data.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';

/** Of a pattern: with more, matching could take long, and nobody writes them. */
const MAX_LENGTH = 200;
const MAX_STARS = 6;
const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml'];

const isShort = (pattern: string): boolean =>
  pattern.length <= MAX_LENGTH && (pattern.match(/\*+/g) ?? []).length <= MAX_STARS;

/** The patterns of a directory's workspaces; empty where it is no root of any. */
const patternsOf = (repository: Repository, directory: string): string[] => {
  const { workspaces } = readJson(repository, below(directory, 'package.json'));
  const pnpm = below(directory, 'pnpm-workspace.yaml');
  const more = repository.has(pnpm) ? list(readYaml(repository, pnpm).value['packages']) : [];
  return [...list(workspaces), ...list(mapping(workspaces)['packages']), ...more].filter(
    (pattern): pattern is string => typeof pattern === 'string' && isShort(pattern),
  );
};

export const isWorkspaceRoot = (repository: Repository, directory: string): boolean =>
  patternsOf(repository, directory).length > 0;

/** One pattern of npm, yarn and pnpm: `*` within one name, `**` over any number of them, `{a,b}` for either. */
const asExpression = (pattern: string): RegExp => {
  const plain = pattern.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const source = plain
    .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\{([^{}]*)\}/g, (_, inner: string) => `(?:${inner.replaceAll(',', '|')})`)
    .replaceAll(/\/\*\*$|\*\*\/|\*\*|\*|(?<!\()\?/g, (found) => {
      if (found === '/**') return '(?:/.+)?';
      if (found === '**/') return '(?:.+/)?';
      if (found === '**') return '.*';
      return found === '*' ? '[^/]*' : '[^/]';
    });
  return new RegExp(`^${source}$`);
};

/** As npm and pnpm take them: the last pattern that fits decides, and one with `!` takes out again. */
const isMember = (patterns: string[], path: string): boolean =>
  patterns.reduce(
    (isIn, pattern) =>
      pattern.startsWith('!')
        ? isIn && !asExpression(pattern.slice(1)).test(path)
        : isIn || asExpression(pattern).test(path),
    false,
  );

/** The nearest directory upwards that has a package.json; the directory itself where there is none. */
const packageOf = (repository: Repository, directory: string): string => {
  for (let at = directory; !at.startsWith('..'); at = directoryOf(at)) {
    if (repository.has(below(at, 'package.json'))) return at;
    if (at === '.') break;
  }
  return directory;
};

/**
 * Where the packages of a directory are installed: the root of the workspaces that it belongs to, since only there the
 * repository's own packages are found, and elsewhere a registry would be asked for them. Else the directory itself.
 */
export const installRoot = (repository: Repository, directory: string): string => {
  const own = packageOf(repository, directory);
  if (own === '.' || LOCKS.some((file) => repository.has(below(own, file)))) return directory;
  for (let at = directoryOf(own); !at.startsWith('..'); at = directoryOf(at)) {
    if (isMember(patternsOf(repository, at), relativeTo(at, own))) return at;
    if (at === '.') break;
  }
  return directory;
};
