import { globSync, isDynamicPattern } from 'tinyglobby';
import { readBounded } from '../lib/read-bounded.ts';
import { oneLine } from '../lib/text.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { Report } from './problem.ts';
import { show } from './show.ts';
import { isInside, type Place, realPath } from './workspace.ts';

const MAX_EVENT_BYTES = 2 ** 20;
const MAX_EVENTS = 1000;

/** Part of a glob before its first wildcard, and whether `..` stands behind it, where it cannot be followed on paper. */
const anchorOf = (pattern: string): { anchor: string; climbs: boolean } => {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => isDynamicPattern(segment));
  const fixed = first === -1 ? segments : segments.slice(0, first);
  return {
    anchor: fixed.join('/') || (pattern.startsWith('/') ? '/' : '.'),
    climbs: /\.\./.test(segments.slice(fixed.length).join('/')),
  };
};

/** Files of one pattern in byte order. Links do not match, so that a glob cannot walk out of the workspace or in circles. */
const filesOf = (pattern: string, place: Place): string[] | string => {
  if (!isDynamicPattern(pattern)) return [pattern];
  const { anchor, climbs } = anchorOf(pattern);
  const start = realPath(place.base, anchor);
  if (climbs || start === null || !isInside(place.root, start)) return `outside the workspace ${place.root}`;
  const options = { cwd: place.base, expandDirectories: false, followSymbolicLinks: false } as const;
  const files = globSync(pattern, options).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return files.length > 0 ? files : `no file matches in ${place.base}`;
};

const checkEvent = (file: string, place: Place): string => {
  const real = realPath(place.base, file);
  if (real === null) throw new BadInputError(`${show(file)}: a symbolic link that leads nowhere`);
  if (!isInside(place.root, real)) {
    throw new BadInputError(`${show(file)}: leads to ${real}, outside the workspace ${place.root}`);
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
export const resolveEvents = (patterns: string[], isSingle: boolean, place: Place, report: Report): string[] => {
  const events: string[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const path = isSingle ? ['events'] : ['events', index];
    const files = filesOf(pattern, place);
    if (typeof files === 'string') {
      report(path, `${show(pattern)}: ${files}`);
      continue;
    }
    if (events.length + files.length > MAX_EVENTS) {
      report(path, `${show(pattern)}: more than ${MAX_EVENTS} files`);
      return events;
    }
    try {
      for (const file of files) events.push(checkEvent(file, place));
    } catch (error) {
      report(path, messageOf(error));
    }
  }
  return events;
};
