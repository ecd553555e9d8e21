import { detectAzure } from './detect-azure.ts';
import { detectCompiled } from './detect-compiled.ts';
import { detectDockerfiles } from './detect-dockerfile.ts';
import { detectKnative } from './detect-knative.ts';
import { detectNodeProject } from './detect-node.ts';
import { detectOpenFaas } from './detect-openfaas.ts';
import { detectPythonProject, pythonDirectories } from './detect-python.ts';
import { detectSam } from './detect-sam.ts';
import { detectServerless } from './detect-serverless.ts';
import { detectSites } from './detect-sites.ts';
import { detectSources } from './detect-sources.ts';
import { findEvents } from './find-events.ts';
import type { Findings, FoundFunction, Note } from './found-function.ts';
import { below, directoryOf, type Repository } from './repository.ts';

/** More than anybody gates; what is found first counts. */
const MAX_FUNCTIONS = 50;

/** Files that name functions. They are read before anything is guessed. */
const DESCRIPTIONS: ((repository: Repository) => Findings)[] = [
  detectSam,
  detectServerless,
  detectOpenFaas,
  detectKnative,
  detectAzure,
  detectSites,
];

const isBelow = (directory: string, path: string): boolean =>
  directory === '.' || path === directory || path.startsWith(`${directory}/`);

/** A name as isogate.yml accepts it. */
const plainName = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60) || 'function';

/** Each name once: the second `api` is `api-2`. */
const withOwnNames = (functions: FoundFunction[]): FoundFunction[] => {
  const taken = new Set<string>();
  return functions.map((found) => {
    const plain = plainName(found.name);
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
    taken.add(name);
    return { ...found, name };
  });
};

/** What two files describe is one function: the same handler, seen from whatever directory. */
const withoutRepeats = (functions: FoundFunction[]): FoundFunction[] => {
  const seen = new Set<string>();
  return functions.filter(({ call, directory, env }) => {
    if (!('handler' in call)) return true;
    const file = below(directory, call.handler);
    const key = `${file} ${JSON.stringify(env)}`;
    const isGuess = Object.keys(env).length === 0;
    if (seen.has(key) || (isGuess && seen.has(file))) return false;
    seen.add(key).add(file);
    return true;
  });
};

/** Events of the repository's own, else the sample that the platform's file asks for. */
const withEvents = (
  repository: Repository,
  functions: FoundFunction[],
): { functions: FoundFunction[]; notes: Note[] } => {
  const refused = new Map<string, Note>();
  const names = functions.map(({ name }) => name);
  const isSample = ({ path }: { path: string }) => path.startsWith('isogate-events/');
  const chosen = functions.map((found) => {
    if (found.events.length > 0 || ('http' in found.call && found.call.http.method === 'GET')) return found;
    const near = [found.home, directoryOf(found.place.replace(/:\d+$/, ''))];
    const { patterns, isMeant, notes } = findEvents(repository, near, found.name, names);
    for (const note of notes) refused.set(note.place, note);
    const samples = found.newFiles.filter(isSample);
    if (samples.length > 0 && !isMeant) return { ...found, events: samples.map(({ path }) => path) };
    return { ...found, events: patterns, newFiles: found.newFiles.filter((file) => !isSample(file)) };
  });
  return { functions: chosen, notes: [...refused.values()] };
};

const VARIES =
  /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\brandom(?:UUID|Bytes)\b|\buuid|\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\btime\.time\(|\bimport random\b|\bawsRequestId\b|\baws_request_id\b/;

/** Looks only at the file that is called: what it imports may vary as well, which the gate then says. */
const withVariation = (repository: Repository, found: FoundFunction): FoundFunction => {
  const [file = ''] = 'handler' in found.call ? found.call.handler.split(/[#:]/) : [];
  const written = found.newFiles.map(({ text }) => text).join('\n');
  const imported = /from '\.\/([^']+)'|import_module\("([^"]+)"\)/.exec(written);
  const real = imported?.[1] ?? (imported?.[2] ? `${imported[2].replaceAll('.', '/')}.py` : file);
  const paths = [real, found.place.replace(/:\d+$/, '')].flatMap((path) => [below(found.directory, path), path]);
  const sources = paths.filter((path) => /\.([cm]?[jt]sx?|py)$/.test(path));
  return { ...found, varies: sources.some((path) => VARIES.test(repository.read(path))) };
};

/** A path of `/` is written only where no route was found: a route `/` is the default. */
const withRouteNote = (found: FoundFunction): FoundFunction =>
  'http' in found.call && found.call.http.path === '/'
    ? { ...found, notes: [...found.notes, 'no route found: set http.path'] }
    : found;

/** The functions of a repository, and what was not understood of it. Nothing of the repository is run. */
export const detectFunctions = (repository: Repository): { functions: FoundFunction[]; notes: Note[] } => {
  const functions: FoundFunction[] = [];
  const notes: Note[] = [];
  const directories: string[] = [];
  const add = (findings: Findings): void => {
    functions.push(...findings.functions);
    notes.push(...findings.notes);
    directories.push(...findings.directories);
  };
  const isTaken = (path: string) => directories.some((directory) => isBelow(directory, path));
  for (const detect of DESCRIPTIONS) add(detect(repository));
  add(detectDockerfiles(repository, isTaken));
  const manifests = repository.files.filter((file) => /(^|\/)package\.json$/.test(file)).map(directoryOf);
  const isDescribed = [...directories];
  for (const directory of manifests) {
    if (isDescribed.some((other) => isBelow(other, directory))) continue;
    add(detectNodeProject(repository, directory));
  }
  for (const directory of pythonDirectories(repository)) {
    if (!isTaken(directory)) add(detectPythonProject(repository, directory));
  }
  add(detectCompiled(repository, isTaken));
  add(detectSources(repository, isTaken));
  if (repository.isCut) notes.push({ place: '.', text: 'more than 20000 files: only the first were looked at' });
  const unlike = withoutRepeats(functions);
  const written = unlike.slice(0, MAX_FUNCTIONS).map((found) => withRouteNote(withVariation(repository, found)));
  if (unlike.length > MAX_FUNCTIONS)
    notes.push({ place: '.', text: `${unlike.length} functions: only the first ${MAX_FUNCTIONS} are written` });
  const { functions: named, notes: refused } = withEvents(repository, withOwnNames(written));
  return { functions: named, notes: [...notes, ...refused] };
};
