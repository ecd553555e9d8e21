import { basename } from 'node:path';
import { below, directoryOf, type Repository } from './repository.ts';

const FOLDERS = [
  ...['events', 'event', 'test-events', 'test_events', 'sample-events', 'sample_events', '__events__', 'payloads'],
];
/** Folders of all kinds of JSON: only files with the name of the function are taken for its events. */
const MIXED = ['mocks', 'mock', 'samples', 'data'];
const FILES = ['event.json', 'test-event.json', 'test_event.json', 'sample-event.json', 'sample_event.json'];
const MORE_FILES = ['sample.json', 'payload.json', 'input.json', 'data.json'];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
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
 * @returns `isMeant`: whether the files have the function's name
 */
export const findEvents = (
  repository: Repository,
  near: string[],
  name: string,
  names: string[],
): { patterns: string[]; isMeant: boolean } => {
  const others = names.filter((other) => other !== name);
  for (const place of new Set([...near, '.'])) {
    const files = filesIn(repository, place);
    const meant = files.filter((file) => isMeantFor(file, name));
    if (meant.length > 0) return { patterns: asPatterns(meant, files), isMeant: true };
    const free = files.filter((file) => !isMixed(file) && !others.some((other) => isMeantFor(file, other)));
    if (free.length > 0 && (near.includes(place) || others.length === 0))
      return { patterns: asPatterns(free, files), isMeant: others.length === 0 };
  }
  return { patterns: [], isMeant: false };
};

const isMixed = (file: string): boolean => MIXED.includes(basename(directoryOf(file)));

const filesIn = (repository: Repository, place: string): string[] => {
  const tests = ['test', 'tests', '__tests__'].flatMap((folder) => [`${folder}/events`, `${folder}/fixtures/events`]);
  for (const folder of [...FOLDERS, ...tests, ...MIXED]) {
    const found = repository.list(below(place, folder)).filter((file) => file.endsWith('.json'));
    const events = found.filter((file) => isJson(repository.read(file)));
    if (events.length > 0) return events;
  }
  return [...FILES, ...MORE_FILES]
    .map((file) => below(place, file))
    .filter((file) => repository.has(file) && isJson(repository.read(file)));
};

/** One glob where all files of a folder are taken. */
const asPatterns = (files: string[], all: string[]): string[] => {
  const folders = new Set(all.map(directoryOf));
  const [folder] = folders;
  const isFolder = folder !== undefined && folder !== '.' && folders.size === 1;
  return isFolder && files.length === all.length && files.length > 1 ? [`${folder}/*.json`] : files;
};
