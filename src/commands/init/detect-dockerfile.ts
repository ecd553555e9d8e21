import { requestOf } from './detect-node.ts';
import { type DockerfileFacts, readDockerfile } from './dockerfile.ts';
import { type Findings, foundFunction } from './found-function.ts';
import { directoryOf, type Repository } from './repository.ts';
import { findPort } from './source-text.ts';

const FILES = /(^|\/)(Dockerfile|Containerfile)$/;
const SOURCES = /\.([cm]?[jt]s|py|go|rs|java|rb|php)$/;

/** Routes may be in any file of the image. */
const sourcesIn = (repository: Repository, directory: string): string =>
  repository.files
    .filter((file) => SOURCES.test(file) && (directory === '.' || file.startsWith(`${directory}/`)))
    .slice(0, 100)
    .map((file) => repository.read(file))
    .join('\n');

/**
 * A port where the image names none. Cloud Run, Knative and others set PORT to 8080 then, and other servers have a number
 * in their code.
 */
const withPort = (facts: DockerfileFacts, sources: string): DockerfileFacts => {
  if (facts.port !== null || facts.command === null) return facts;
  const asks = /\bPORT\b|functions[-_]framework/.test(`${facts.command}\n${sources}`);
  return { ...facts, port: asks ? 8080 : findPort(sources) };
};

/** Why a Dockerfile is not measured as a server; null where it can be. */
const refuse = (repository: Repository, text: string, facts: DockerfileFacts): string | null => {
  if (/^\s*FROM\s+\S*\blambda\//im.test(text)) return 'an image for Lambda: its handler is looked for without it';
  if (facts.command === null && facts.port === null)
    return 'it has neither CMD nor EXPOSE, so nothing says how it is called';
  if (facts.port === null) return 'neither EXPOSE, PORT, CMD nor the code name a port';
  if (repository.hasProgram('docker') || repository.hasProgram('podman')) return null;
  return 'neither docker nor podman is here to build it: the program in it is looked for without it';
};

/** Dockerfiles of HTTP servers: those with a command and a port. */
export const detectDockerfiles = (repository: Repository, isTaken: (path: string) => boolean): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const file of repository.files.filter((path) => FILES.test(path))) {
    const directory = directoryOf(file);
    if (isTaken(directory)) continue;
    const text = repository.read(file);
    const facts = withPort(readDockerfile(text), sourcesIn(repository, directory));
    const problem = refuse(repository, text, facts);
    if (problem !== null || facts.port === null) {
      findings.notes.push({ place: file, text: problem ?? '' });
      continue;
    }
    const http = { command: null, port: facts.port, ...requestOf(sourcesIn(repository, directory)) };
    const name = directory === '.' ? 'server' : (directory.split('/').at(-1) ?? 'server');
    const build = facts.needsNetwork ? { argv: [], network: true } : null;
    findings.functions.push(
      foundFunction({ name, place: file, directory, call: { http } }, { dockerfile: file, build }),
    );
    findings.directories.push(directory);
  }
  return findings;
};
