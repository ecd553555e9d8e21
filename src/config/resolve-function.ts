import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { FunctionConfig, ImageSource } from '../model/config.ts';
import { resolveAllowedPath } from './allowed-paths.ts';
import { resolveHttp } from './http.ts';
import { parseBudgets } from './limits.ts';
import type { Report } from './problems.ts';
import { show } from './problems.ts';
import { resolveEvents } from './resolve-events.ts';
import type { FunctionDocument, ImageDocument } from './schema-function.ts';
import { type ConfigPaths, isInside, realPath } from './workspace.ts';

const NODE = /^(.+\.(?:mjs|cjs|js))#([A-Za-z_$][\w$]*)$/;
const PYTHON = /^(.+\.py):([A-Za-z_]\w*)$/;

export interface Handler {
  runtime: 'node' | 'python';
  file: string;
  export: string;
}

const HANDLER_FORMS = 'FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler';

/** Language, module file and exported name of `src/api.mjs#handler` or `app.py:handler`; null where it is neither. */
const parseHandler = (text: string): Handler | null => {
  const node = NODE.exec(text);
  if (node?.[1] && node[2]) return { runtime: 'node', file: node[1], export: node[2] };
  const python = PYTHON.exec(text);
  if (python?.[1] && python[2]) return { runtime: 'python', file: python[1], export: python[2] };
  return null;
};

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

const readHandler = (document: FunctionDocument, report: Report): Handler | null => {
  if (document.handler === undefined) return null;
  const handler = parseHandler(document.handler);
  if (!handler) report(['handler'], `${show(document.handler)}: not a handler; accepted: ${HANDLER_FORMS}`);
  return handler;
};

/** One function, resolved against the file system, or taken as it stands where `paths` is null. */
export const resolveFunction = (
  name: string,
  document: FunctionDocument,
  paths: ConfigPaths | null,
  report: Report,
): FunctionConfig => {
  checkKind(document, paths !== null, report);
  checkServer(document, report);
  const handler = readHandler(document, report);
  const { http } = document;
  const directory = paths ? resolveDirectory(document, paths, report) : document.directory;
  const patterns = typeof document.events === 'string' ? [document.events] : (document.events ?? []);
  const file = handler && paths ? resolveHandlerFile(handler, directory, paths, report) : handler?.file;
  return {
    name,
    runtime: handler?.runtime ?? (http ? 'http' : 'command'),
    directory,
    handler: handler && file !== undefined ? { file, export: handler.export } : null,
    command: document.command ?? http?.command ?? null,
    http: http ? resolveHttp(http, (path, message) => report(['http', ...path], message)) : null,
    image: resolveImage(document.image, paths, report),
    events: paths ? resolveEvents(patterns, typeof document.events === 'string', paths, report) : patterns,
    build: document.build ?? null,
    buildNetwork: document.build_network,
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
