import type { FoundBuild } from './found-function.ts';
import { compiledName, installNode, planBundle, planNodeInstall, planNodeScript } from './node-build.ts';
import { type Loose, literal, mapping, readJson } from './read-data.ts';
import { below, type Repository, relativeTo } from './repository.ts';
import { installRoot } from './workspaces.ts';

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

export const readProject = (repository: Repository, directory: string): NodeProject => {
  const manifest = readJson(repository, below(directory, 'package.json'));
  const root = installRoot(repository, directory);
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
  if (isThere) return { build: planNodeInstall(repository, project.root, project.directory) };
  return literal(project.scripts['build']) === null ? null : { build: planOwnScript(repository, project) };
};

/** The script `build` of the project, with that of the workspaces' root before all. */
const planOwnScript = (repository: Repository, project: NodeProject): FoundBuild => {
  if (project.prefix === '') return planNodeScript(repository, project.root, ['build']);
  const rootScripts = mapping(readJson(repository, below(project.root, 'package.json'))['scripts']);
  if (literal(rootScripts['build']) !== null) return planNodeScript(repository, project.root, ['build']);
  const install = installNode(repository, project.root, true) ?? ['npm', 'install'];
  // Each package manager builds its own workspaces in the order in which they need each other, or as they are listed.
  const isPnpm = repository.has(below(project.root, 'pnpm-workspace.yaml'));
  const pnpm = install.slice(0, install.indexOf('install')).join(' ');
  const run = isPnpm ? `${pnpm} -r run build` : 'npm run build --workspaces --if-present';
  return { argv: ['sh', '-c', `${install.join(' ')} && ${run}`], network: true };
};

/** A file as it runs: seen from the directory where its packages are installed. */
export interface RunnableFile {
  directory: string;
  file: string;
  build: FoundBuild | null;
}

/** A file of JavaScript that runs as it is. */
export const planScript = (repository: Repository, directory: string, file: string): RunnableFile => {
  const project = readProject(repository, directory);
  const build = planNodeInstall(repository, project.root, directory);
  return { directory: project.root, file: inProject(project, file), build };
};

/** One file that a bundler makes of another. */
export const planBundled = (repository: Repository, directory: string, entry: string): RunnableFile => {
  const project = readProject(repository, directory);
  return { directory: project.root, ...planBundle(repository, project.root, inProject(project, entry), directory) };
};

/** A TypeScript file: by a bundler, unless the repository has a build of its own that says where its result is. */
export const planTypeScript = (repository: Repository, directory: string, entry: string): RunnableFile => {
  const project = readProject(repository, directory);
  const compiled = compiledName(repository, directory, entry);
  const script = literal(project.scripts['build']) ?? '';
  if (compiled === null || !/\btsc\b/.test(script)) return planBundled(repository, directory, entry);
  return {
    directory: project.root,
    file: inProject(project, compiled),
    build: planOwnScript(repository, project),
  };
};
