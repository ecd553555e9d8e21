import { serverCommand } from './command-line.ts';
import { requestOf } from './detect-node.ts';
import { readDockerfile } from './dockerfile.ts';
import type { FoundBuild, FoundServer } from './found-function.ts';
import { inProject, planScript, readProject } from './node-project.ts';
import { planPythonBuild } from './python-build.ts';
import { literal } from './read-data.ts';
import { below, type Repository } from './repository.ts';

/** Where the adapter looks for the server if nobody tells it. */
const DEFAULT_PORT = 8080;

const sourcesIn = (repository: Repository, directory: string): string =>
  repository.files
    .filter((file) => /\.([cm]?[jt]s|py|go|rs)$/.test(file) && (directory === '.' || file.startsWith(`${directory}/`)))
    .slice(0, 100)
    .map((file) => repository.read(file))
    .join('\n');

const portOf = (given: unknown): number => {
  const port = Number(literal(given));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : DEFAULT_PORT;
};

/**
 * The server that AWS Lambda Web Adapter starts by a script, such as `run.sh`: its last line. Null where a shell is needed
 * to understand it.
 */
export const scriptedServer = (
  repository: Repository,
  directory: string,
  options: { handler: string; runtime: string; port: unknown },
): { directory: string; http: FoundServer; build: FoundBuild | null; env: Record<string, string> } | null => {
  const lines = repository.read(below(directory, options.handler)).split('\n');
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '' && !line.startsWith('#'));
  const port = portOf(options.port);
  const isPython = options.runtime.startsWith('python');
  const command = last === undefined ? null : serverCommand(last, isPython ? 'python' : 'node', port);
  if (!command || !/^(python|nodejs)/.test(options.runtime)) return null;
  const request = requestOf(sourcesIn(repository, directory));
  if (isPython) {
    const { build } = planPythonBuild(repository, directory);
    return { directory, http: { command: command.words, port, ...request }, build, env: command.env };
  }
  const project = readProject(repository, directory);
  const isOwn = (word: string) => /\.[cm]?js$/.test(word) && repository.has(below(directory, word));
  const words = command.words.map((word) => (isOwn(word) ? inProject(project, word) : word));
  const { directory: root, build } = planScript(repository, directory, '.');
  return { directory: root, http: { command: words, port, ...request }, build, env: command.env };
};

/** The server of an image that has the adapter in it; null where it has none. */
export const adaptedImage = (
  repository: Repository,
  directory: string,
  options: { dockerfile: string; port: unknown },
): { http: FoundServer; build: FoundBuild | null } | null => {
  const text = repository.read(options.dockerfile);
  if (!/lambda-adapter/.test(text)) return null;
  const facts = readDockerfile(text);
  const port = facts.port ?? portOf(options.port);
  const http = { command: null, port, ...requestOf(sourcesIn(repository, directory)) };
  return { http, build: facts.needsNetwork ? { argv: [], network: true } : null };
};
