import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { FunctionConfig } from '../model/config.ts';
import { HANDLER_FORMS, type Handler, parseHandler } from './parse-handler.ts';
import type { Report } from './problem.ts';
import { resolveBudgets } from './resolve-budgets.ts';
import { resolveEvents } from './resolve-events.ts';
import { resolveImage } from './resolve-image.ts';
import type { FunctionDocument } from './schema-function.ts';
import { show } from './show.ts';
import { isInside, type Place, realPath } from './workspace.ts';

const directoryOf = (document: FunctionDocument, place: Place, report: Report): string => {
  const shown = show(document.directory);
  const directory = realPath(place.base, document.directory);
  if (directory === null) report(['directory'], `${shown}: a symbolic link that leads nowhere`);
  else if (!isInside(place.root, directory)) {
    report(['directory'], `${shown}: leads to ${directory}, outside the workspace ${place.root}`);
  } else if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    report(['directory'], `${shown}: no such directory in ${place.base}`);
  }
  return directory ?? place.base;
};

/** Only where it is, not whether it exists: a build may make it, and its own sandbox finds out (docs/reference/configuration.md). */
const checkHandlerFile = (handler: Handler, directory: string, place: Place, report: Report): string => {
  const file = realPath(directory, handler.file);
  const root = isInside(place.root, directory) ? directory : place.root;
  if (file === null) report(['handler'], `${show(handler.file)}: a symbolic link that leads nowhere`);
  else if (!isInside(root, file)) report(['handler'], `${show(handler.file)}: leads to ${file}, outside ${root}`);
  else return relative(directory, file);
  return handler.file;
};

const handlerOf = (document: FunctionDocument, isRequired: boolean, report: Report): Handler | null => {
  if (document.handler === undefined) {
    if (document.command === undefined && isRequired) {
      report([], `neither handler nor command; accepted: one of handler (${HANDLER_FORMS}) and command`);
    }
    return null;
  }
  if (document.command !== undefined) report(['command'], 'both handler and command; accepted: one of them');
  const handler = parseHandler(document.handler);
  if (!handler) report(['handler'], `${show(document.handler)}: not a handler; accepted: ${HANDLER_FORMS}`);
  return handler;
};

/** One function against the file system, or, with `place` null, taken as it stands. Paths in reports are relative to it. */
export const resolveFunction = (
  name: string,
  document: FunctionDocument,
  place: Place | null,
  allowed: () => string[],
  report: Report,
): FunctionConfig => {
  const handler = handlerOf(document, place !== null, report);
  const directory = place ? directoryOf(document, place, report) : document.directory;
  const patterns = typeof document.events === 'string' ? [document.events] : (document.events ?? []);
  const file = handler && place ? checkHandlerFile(handler, directory, place, report) : handler?.file;
  return {
    name,
    runtime: handler?.runtime ?? 'command',
    directory,
    handler: handler && file !== undefined ? { file, export: handler.export } : null,
    command: document.command ?? null,
    image: resolveImage(document.image, place, allowed, report),
    events: place ? resolveEvents(patterns, typeof document.events === 'string', place, report) : patterns,
    build: document.build ?? null,
    buildNetwork: document.build_network,
    budgets: resolveBudgets(document.budgets),
  };
};
