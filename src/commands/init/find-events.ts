import { basename } from 'node:path';
import { oneLine, shorten } from '../../lib/text.ts';
import { messageOf } from '../../model/errors.ts';
import type { Note } from './found-function.ts';
import { below, directoryOf, type Repository } from './repository.ts';

const FOLDERS = [
  ...['events', 'event', 'test-events', 'test_events', 'sample-events', 'sample_events', '__events__', 'payloads'],
];
/** Folders of all kinds of JSON: only files with the name of the function are taken for its events. */
const MIXED = ['mocks', 'mock', 'samples', 'data'];
const FILES = ['event.json', 'test-event.json', 'test_event.json', 'sample-event.json', 'sample_event.json'];
const MORE_FILES = ['sample.json', 'payload.json', 'input.json', 'data.json'];

/** Why a file is no event; null where it is JSON. */
const problemOf = (text: string): string | null => {
  if (text === '') return 'not JSON (it is empty, not readable, or larger than 1 MiB)';
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `not JSON (${shorten(oneLine(messageOf(error)), 100)})`;
  }
};

/** The words of a name: `getAllItemsFunction` and `event-get-all-items.json` have three in common. */
const words = (name: string): Set<string> =>
  new Set(
    name
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(
        (word) => word !== '' && !['event', 'events', 'function', 'json', 'lambda', 'handler', 'fn'].includes(word),
      ),
  );

const isMeantFor = (file: string, name: string): boolean => {
  const [inFile, inName] = [words(basename(file, '.json')), words(name)];
  return inName.size > 0 && [...inName].every((word) => inFile.has(word));
};

/**
 * JSON files that look like events of a function, as patterns of isogate.yml.
 * @param near directories to look in, those first that are nearest to the function
 * @param names all functions that could be meant, so that none gets the events of another one
 * @returns `isMeant`: whether the files have the function's name; `notes`: files in the places of events that are none
 */
export const findEvents = (
  repository: Repository,
  near: string[],
  name: string,
  names: string[],
): { patterns: string[]; isMeant: boolean; notes: Note[] } => {
  const others = names.filter((other) => other !== name);
  const notes: Note[] = [];
  for (const place of new Set([...near, '.'])) {
    const { files, refused } = filesIn(repository, place);
    notes.push(...refused);
    // With a file beside them that is none, a glob would take that one as well.
    const asWritten = (chosen: string[]) => (refused.length > 0 ? chosen : asPatterns(chosen, files));
    const meant = files.filter((file) => isMeantFor(file, name));
    if (meant.length > 0) return { patterns: asWritten(meant), isMeant: true, notes };
    const free = files.filter((file) => !isMixed(file) && !others.some((other) => isMeantFor(file, other)));
    if (free.length > 0 && (near.includes(place) || others.length === 0))
      return { patterns: asWritten(free), isMeant: others.length === 0, notes };
  }
  return { patterns: [], isMeant: false, notes };
};

const isMixed = (file: string): boolean => MIXED.includes(basename(directoryOf(file)));

const filesIn = (repository: Repository, place: string): { files: string[]; refused: Note[] } => {
  const tests = ['test', 'tests', '__tests__'].flatMap((folder) => [`${folder}/events`, `${folder}/fixtures/events`]);
  const refused: Note[] = [];
  const take = (paths: string[]): string[] =>
    paths.filter((path) => {
      const text = problemOf(repository.read(path));
      if (text !== null && !isMixed(path)) refused.push({ place: path, text });
      return text === null;
    });
  for (const folder of [...FOLDERS, ...tests, ...MIXED]) {
    const events = take(repository.list(below(place, folder)).filter((file) => file.endsWith('.json')));
    if (events.length > 0) return { files: events, refused };
  }
  const single = [...FILES, ...MORE_FILES].map((file) => below(place, file)).filter(repository.has);
  return { files: take(single), refused };
};

/** One glob where all files of a folder are taken. */
const asPatterns = (files: string[], all: string[]): string[] => {
  const folders = new Set(all.map(directoryOf));
  const [folder] = folders;
  const isFolder = folder !== undefined && folder !== '.' && folders.size === 1;
  return isFolder && files.length === all.length && files.length > 1 ? [`${folder}/*.json`] : files;
};
