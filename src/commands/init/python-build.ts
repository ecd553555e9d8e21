import type { FoundBuild } from './found-function.ts';
import { list, mapping, readToml } from './read-data.ts';
import { below, type Repository } from './repository.ts';

const PIP = ['python3', '-m', 'pip', 'install', '--quiet', '--target', '.'];

const hasRequirements = (text: string): boolean => text.split('\n').some((line) => /^\s*[^\s#]/.test(line));

/** `^1.2` and `~1.2` of Poetry, in the words of pip; null where the form is not known. */
const poetryRange = (range: string): string | null => {
  if (range === '*') return '';
  if (/^[<>=!]/.test(range)) return range;
  const caret = /^\^(\d+)((?:\.\d+)*)$/.exec(range);
  if (caret) {
    const [, major = '0', rest = ''] = caret;
    const minor = Number(rest.split('.')[1] ?? 0);
    return major === '0' && rest !== '' ? `>=0${rest},<0.${minor + 1}` : `>=${major}${rest},<${Number(major) + 1}`;
  }
  const tilde = /^~(\d+(?:\.\d+)+)$/.exec(range);
  if (tilde) return `~=${tilde[1]}`;
  return /^\d+(\.\d+)*$/.test(range) ? `==${range}` : null;
};

/** Packages that pyproject.toml names, in the words of pip. */
const projectPackages = (repository: Repository, directory: string): { packages: string[]; notes: string[] } => {
  const path = below(directory, 'pyproject.toml');
  const { value, problem } = readToml(repository, path);
  if (problem) return { packages: [], notes: [problem] };
  const named = list(mapping(value['project'])['dependencies']).filter((one) => typeof one === 'string');
  if (named.length > 0) return { packages: named, notes: [] };
  const packages: string[] = [];
  const notes: string[] = [];
  const poetry = mapping(mapping(mapping(value['tool'])['poetry'])['dependencies']);
  for (const [name, wanted] of Object.entries(poetry)) {
    if (name === 'python') continue;
    const range = poetryRange(String(typeof wanted === 'string' ? wanted : mapping(wanted)['version']));
    if (range === null) notes.push(`the version of ${name} is not in a form that pip knows; add it to build`);
    else packages.push(`${name}${range}`);
  }
  return { packages, notes };
};

/** Whether the code asks for the SDK that AWS Lambda brings itself. */
const usesBoto = (repository: Repository, directory: string): boolean =>
  repository.files
    .filter((file) => file.endsWith('.py') && (directory === '.' || file.startsWith(`${directory}/`)))
    .slice(0, 300)
    .some((file) => /^\s*(?:import|from)\s+boto(?:3|core)\b/m.test(repository.read(file)));

/** Installs into the function's directory what requirements.txt or pyproject.toml names. */
export const planPythonBuild = (
  repository: Repository,
  directory: string,
  options: { more?: string[]; requirementsIn?: string[] } = {},
): { build: FoundBuild | null; notes: string[]; text: string } => {
  const { more = [], requirementsIn = ['.'] } = options;
  const file = requirementsIn
    .map((part) => below(part, 'requirements.txt'))
    .find((path) => hasRequirements(repository.read(below(directory, path))));
  const text = file === undefined ? '' : repository.read(below(directory, file));
  const wanted = [...more, ...(usesBoto(repository, directory) ? ['boto3'] : [])];
  const add = (named: string) => wanted.filter((name) => !named.toLowerCase().includes(name));
  if (file !== undefined) {
    return { build: { argv: [...PIP, '-r', file, ...add(text)], network: true }, notes: [], text };
  }
  const { packages, notes } = repository.has(below(directory, 'pyproject.toml'))
    ? projectPackages(repository, directory)
    : { packages: [], notes: [] };
  if (packages.length === 0 && repository.has(below(directory, 'Pipfile')))
    notes.push('Pipfile: not understood; write requirements.txt (pipenv requirements) and name it in build');
  const all = [...packages, ...add(packages.join('\n'))];
  const build = all.length > 0 ? { argv: [...PIP, ...all], network: true } : null;
  return { build, notes, text: packages.join('\n') };
};
