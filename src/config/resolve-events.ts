import { statSync } from 'node:fs';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { readBounded } from '../lib/read-bounded.ts';
import { oneLine } from '../lib/text.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { Report } from './problems.ts';
import { show } from './problems.ts';
import { type ConfigPaths, isInside, realPath } from './workspace.ts';

/** As on AWS Lambda. */
const MAX_EVENT_BYTES = 6 * 2 ** 20;
const MAX_EVENTS = 1000;
/** Of all events of a function, since a run holds them in memory. */
const MAX_TOTAL_BYTES = 2 ** 30;

/**
 * The part of a glob before its first wildcard, and whether a `..` comes later, so that nobody knows where it leads.
 */
const splitGlob = (pattern: string): { anchor: string; climbs: boolean } => {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => isDynamicPattern(segment));
  const fixed = first === -1 ? segments : segments.slice(0, first);
  return {
    anchor: fixed.join('/') || (pattern.startsWith('/') ? '/' : '.'),
    climbs: /\.\./.test(segments.slice(fixed.length).join('/')),
  };
};

/**
 * Files of one pattern in byte order, or what is wrong with it. Links do not match, so that a glob can neither leave
 * the workspace nor go in circles.
 */
const listFiles = (pattern: string, paths: ConfigPaths): string[] | string => {
  if (!isDynamicPattern(pattern)) return [pattern];
  const { anchor, climbs } = splitGlob(pattern);
  const start = realPath(paths.directory, anchor);
  if (climbs || start === null || !isInside(paths.workspace, start)) return `outside the workspace ${paths.workspace}`;
  const options = { cwd: paths.directory, expandDirectories: false, followSymbolicLinks: false } as const;
  const files = globSync(pattern, options).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return files.length > 0 ? files : `no file matches in ${paths.directory}`;
};

const checkEvent = (file: string, paths: ConfigPaths): string => {
  const real = realPath(paths.directory, file);
  if (real === null) throw new BadInputError(`${show(file)}: a symbolic link that leads nowhere`);
  if (!isInside(paths.workspace, real)) {
    throw new BadInputError(`${show(file)}: leads to ${real}, outside the workspace ${paths.workspace}`);
  }
  const text = readBounded(real, MAX_EVENT_BYTES, show(file));
  try {
    JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`${show(file)}: not JSON: ${oneLine(messageOf(error))}`, { cause: error });
  }
  return real;
};

/** Real paths of the event files, in the order of the patterns; each is read once to see that it is JSON. */
export const resolveEvents = (patterns: string[], isSingle: boolean, paths: ConfigPaths, report: Report): string[] => {
  const events: string[] = [];
  let totalBytes = 0;
  for (const [index, pattern] of patterns.entries()) {
    const path = isSingle ? ['events'] : ['events', index];
    const files = listFiles(pattern, paths);
    if (typeof files === 'string') {
      report(path, `${show(pattern)}: ${files}`);
      continue;
    }
    if (events.length + files.length > MAX_EVENTS) {
      report(path, `${show(pattern)}: more than ${MAX_EVENTS} files`);
      return events;
    }
    try {
      for (const file of files) {
        const real = checkEvent(file, paths);
        totalBytes += statSync(real).size;
        if (totalBytes > MAX_TOTAL_BYTES) throw new BadInputError(`${show(file)}: with it the events are over 1 GiB`);
        events.push(real);
      }
    } catch (error) {
      report(path, messageOf(error));
    }
  }
  return events;
};
