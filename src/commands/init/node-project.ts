import type { FoundBuild } from './found-function.ts';
import { installNode, planNodeInstall, planNodeScript } from './node-build.ts';
import { type Loose, literal, mapping, readJson } from './read-data.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';

export interface NodeProject {
  /** Directory of its package.json. */
  directory: string;
  /** What has to be in the image: the directory of the workspaces' root where it is one of them. */
  root: string;
  /** The project's directory below that root; empty where they are the same. */
  prefix: string;
  manifest: Loose;
  scripts: Loose;
  /** All packages that it names. */
  packages: Loose;
  hasTypeScript: boolean;
}

const isWorkspaceRoot = (repository: Repository, directory: string): boolean =>
  readJson(repository, below(directory, 'package.json'))['workspaces'] !== undefined ||
  repository.has(below(directory, 'pnpm-workspace.yaml'));

/** The root whose workspaces contain the directory; null where there is none. */
const findRoot = (repository: Repository, directory: string): string | null => {
  if (directory === '.') return null;
  for (let at = directoryOf(directory); ; at = directoryOf(at)) {
    if (isWorkspaceRoot(repository, at)) return at;
    if (at === '.') return null;
  }
};

export const readProject = (repository: Repository, directory: string): NodeProject => {
  const manifest = readJson(repository, below(directory, 'package.json'));
  const hasLock = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'].some((file) =>
    repository.has(below(directory, file)),
  );
  const root = hasLock ? directory : (findRoot(repository, directory) ?? directory);
  return {
    directory,
    root,
    prefix: root === directory ? '' : `${relativeTo(root, directory)}/`,
    manifest,
    scripts: mapping(manifest['scripts']),
    packages: {
      ...mapping(manifest['devDependencies']),
      ...mapping(manifest['optionalDependencies']),
      ...mapping(manifest['dependencies']),
    },
    hasTypeScript: repository.has(below(directory, 'tsconfig.json')),
  };
};

/** A file of the project, as it is found from the root. */
export const inProject = (project: NodeProject, file: string): string => `${project.prefix}${below('.', file)}`;

/**
 * What makes `file` ready to run: nothing, an installation, or the project's own script `build` where the file is not
 * there yet.
 * @returns null where the file is not there and no script makes it
 */
export const planBuild = (
  repository: Repository,
  project: NodeProject,
  file: string | null,
): { build: FoundBuild | null } | null => {
  const isThere = file === null || repository.has(below(project.directory, file));
  if (isThere) return { build: planNodeInstall(repository, project.root) };
  if (literal(project.scripts['build']) === null) return null;
  if (project.prefix === '') return { build: planNodeScript(repository, project.root, ['build']) };
  const rootScripts = mapping(readJson(repository, below(project.root, 'package.json'))['scripts']);
  if (literal(rootScripts['build']) !== null) return { build: planNodeScript(repository, project.root, ['build']) };
  const install = installNode(repository, project.root, true) ?? ['npm', 'install'];
  const argv = ['sh', '-c', `${install.join(' ')} && npm run build --workspaces --if-present`];
  return { build: { argv, network: true } };
};
