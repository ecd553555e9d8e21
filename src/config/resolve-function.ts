import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { FunctionConfig, ImageSource } from '../model/config.ts';
import { resolveAllowedPath } from './allowed-paths.ts';
import { resolveEnv } from './env.ts';
import { resolveExpect } from './expect.ts';
import { findHandler, HANDLER_FORMS, type Handler, parseHandler } from './handler.ts';
import { resolveHttp } from './http.ts';
import { parseBudgets } from './limits.ts';
import type { Report } from './problems.ts';
import { show } from './problems.ts';
import { resolveEvents } from './resolve-events.ts';
import { resolveExclude } from './resolve-exclude.ts';
import type { FunctionDocument, ImageDocument } from './schema-function.ts';
import { type ConfigPaths, isInside, realPath } from './workspace.ts';

export interface Reports {
  /** Of mistakes for which the whole configuration is refused. */
  whole: Report;
  /** Of those that end this function only. */
  own: Report;
}

const resolveDirectory = (document: FunctionDocument, paths: ConfigPaths, report: Report): string => {
  const shown = show(document.directory);
  const directory = realPath(paths.directory, document.directory);
  if (directory === null) report(['directory'], `${shown}: a symbolic link that leads nowhere`);
  else if (!isInside(paths.workspace, directory)) {
    report(['directory'], `${shown}: leads to ${directory}, outside the workspace ${paths.workspace}`);
  } else if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    report(['directory'], `${shown}: no such directory in ${paths.directory}`);
  }
  return directory ?? paths.directory;
};

/** Checks where the file is, not whether it exists, because a build may make it (docs/reference/configuration.md). */
const resolveHandlerFile = (handler: Handler, directory: string, paths: ConfigPaths, report: Report): string => {
  const file = realPath(directory, handler.file);
  const root = isInside(paths.workspace, directory) ? directory : paths.workspace;
  if (file === null) report(['handler'], `${show(handler.file)}: a symbolic link that leads nowhere`);
  else if (!isInside(root, file)) report(['handler'], `${show(handler.file)}: leads to ${file}, outside ${root}`);
  else return relative(directory, file);
  return handler.file;
};

const KINDS = ['handler', 'command', 'http'] as const;

/** A function has exactly one kind; one out of samples may have none. */
const checkKind = (document: FunctionDocument, isRequired: boolean, report: Report): void => {
  const [first, second] = KINDS.filter((kind) => document[kind] !== undefined);
  if (first === undefined && isRequired)
    report([], `neither handler, command nor http; accepted: one of handler (${HANDLER_FORMS}), command and http`);
  if (second !== undefined) report([second], `both ${first} and ${second}; accepted: one of them`);
};

/** An image of an engine can say itself what is to be started. */
const checkServer = ({ http, image, build }: FunctionDocument, report: Report): void => {
  if (!http || http.command) return;
  if (typeof image !== 'object' || 'rootfs' in image)
    report(['http', 'command'], 'missing; only image: dockerfile and image: docker can bring a command of their own');
  else if (build) report(['build'], 'has no use without http.command, as only the image is run; remove it');
};

/** An image of one's own has its programs in it. */
const checkPrograms = ({ programs, image }: FunctionDocument, report: Report): void => {
  if (programs.length > 0 && image !== 'host')
    report(['programs'], 'only for image: host, which takes them from this machine; install them in the image');
};

const resolveHandler = (
  { handler: text, directory: shown }: FunctionDocument,
  directory: string,
  paths: ConfigPaths | null,
  { whole, own }: Reports,
): Handler | null => {
  if (text === undefined) return null;
  if (paths === null) return parseHandler(text);
  const handler = findHandler(text, directory, own, shown);
  return handler && { ...handler, file: resolveHandlerFile(handler, directory, paths, whole) };
};

/** One function, resolved against the file system, or taken as it stands where `paths` is null. */
export const resolveFunction = (
  name: string,
  document: FunctionDocument,
  paths: ConfigPaths | null,
  reports: Reports,
): FunctionConfig => {
  const { whole: report, own } = reports;
  checkKind(document, paths !== null, report);
  checkServer(document, report);
  checkPrograms(document, own);
  const { http } = document;
  const directory = paths ? resolveDirectory(document, paths, report) : document.directory;
  const patterns = typeof document.events === 'string' ? [document.events] : (document.events ?? []);
  const handler = resolveHandler(document, directory, paths, reports);
  return {
    name,
    runtime: handler?.runtime ?? (http ? 'http' : 'command'),
    directory,
    handler: handler && { file: handler.file, export: handler.export },
    command: document.command ?? http?.command ?? null,
    http: http ? resolveHttp(http, (path, message) => report(['http', ...path], message)) : null,
    image: resolveImage(document.image, paths, report),
    events: paths ? resolveEvents(patterns, typeof document.events === 'string', paths, own) : patterns,
    build: document.build ?? null,
    buildNetwork: document.build_network,
    env: resolveEnv(document.env ?? {}, (path, message) => own(['env', ...path], message)),
    problem: null,
    programs: document.programs,
    exclude: resolveExclude(document, paths, own),
    expect: resolveExpect(document.expect, (path, message) => report(['expect', ...path], message)),
    deterministic: document.deterministic ?? true,
    budgets: parseBudgets(document.budgets),
  };
};

/** Where a function's root file system comes from; with `paths` null its path is taken as it stands. */
const resolveImage = (image: ImageDocument, paths: ConfigPaths | null, report: Report): ImageSource => {
  if (image === 'host') return { kind: 'host' };
  if ('docker' in image) return { kind: 'docker', reference: image.docker };
  const below: Report = (path, message) => report(['image', ...path], message);
  const resolvePath = (key: string, path: string, kinds: readonly ('file' | 'directory')[]) =>
    paths ? resolveAllowedPath(key, path, kinds, paths, below) : path;
  if ('rootfs' in image) return { kind: 'rootfs', path: resolvePath('rootfs', image.rootfs, ['directory', 'file']) };
  return { kind: 'dockerfile', path: resolvePath('dockerfile', image.dockerfile, ['file']) };
};
