import { OPENFAAS_NODE, OPENFAAS_PYTHON } from './adapters/openfaas.ts';
import { readEnvironment } from './environment.ts';
import { type Findings, type FoundFunction, foundFunction, type Note } from './found-function.ts';
import { planScript } from './node-project.ts';
import { planPythonBuild } from './python-build.ts';
import { type Loose, list, literal, mapping, placeOf, readYaml, showValue } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';

const FILES = /\.ya?ml$/;
const PROVIDER = /^\s+name:\s*['"]?(openfaas|faas)\b/m;
const ADAPTER = 'isogate-handler';

const readFunction = (
  repository: Repository,
  name: string,
  own: Loose,
  at: { directory: string; place: string },
): FoundFunction | Note | null => {
  const { directory, place } = at;
  const note = (text: string): Note => ({ place, text: `${name}: ${text}` });
  const lang = literal(own['lang'])?.toLowerCase() ?? '';
  const has = (file: string) => repository.has(below(directory, file));
  const environment = readEnvironment(own['environment']);
  const files = list(own['environment_file']).length > 0 ? ['its environment_file is not read'] : [];
  const secrets = list(own['secrets']).map((secret) => `secret ${showValue(secret)} is not known here`);
  const more = { env: environment.env, notes: [...environment.notes, ...files, ...secrets] };
  const found = (handler: string, rest: Partial<FoundFunction>) =>
    foundFunction({ name, place, directory, call: { handler } }, { ...more, ...rest });
  if (lang === 'dockerfile') return null;
  if (/^node/.test(lang) && has('handler.js')) {
    const newFiles = [{ path: below(directory, `${ADAPTER}.mjs`), text: OPENFAAS_NODE }];
    const { file, ...where } = planScript(repository, directory, `${ADAPTER}.mjs`);
    return found(`${file}#handler`, { ...where, home: directory, newFiles });
  }
  if (/^python/.test(lang) && has('handler.py')) {
    const { build, notes } = planPythonBuild(repository, directory);
    const rest = { build, notes: [...more.notes, ...notes] };
    if (/http/.test(lang)) {
      const newFiles = [{ path: below(directory, `${ADAPTER.replace('-', '_')}.py`), text: OPENFAAS_PYTHON }];
      return found(`${ADAPTER.replace('-', '_')}.py:handle`, { ...rest, newFiles });
    }
    const newFiles = [{ path: `isogate-events/${name}.json`, text: '"hello"\n' }];
    return found('handler.py:handle', { ...rest, newFiles });
  }
  if (/^(node|python)/.test(lang))
    return note(`handler ${showValue(own['handler'])}: no handler.js or handler.py in ${directory}`);
  return note(
    `lang ${lang || showValue(own['lang'])}: only node and python are understood; build its image and use image: { docker: … }`,
  );
};

/** Functions of OpenFaaS, called as its templates call them, but without their HTTP server. */
export const detectOpenFaas = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const file of repository.files.filter((path) => FILES.test(path) && PROVIDER.test(repository.read(path)))) {
    const data = readYaml(repository, file);
    const provider = literal(mapping(data.value['provider'])['name']);
    if (provider !== 'openfaas' && provider !== 'faas') continue;
    if (data.problem !== null) findings.notes.push({ place: file, text: data.problem });
    for (const [name, own] of Object.entries(mapping(data.value['functions']))) {
      const place = placeOf(file, data.lines, ['functions', name]);
      const directory = below(directoryOf(file), literal(mapping(own)['handler']) ?? '.');
      const found = readFunction(repository, name, mapping(own), { directory, place });
      if (found === null) continue;
      findings.directories.push(directory);
      if ('call' in found) findings.functions.push(found);
      else findings.notes.push(found);
    }
  }
  return findings;
};
