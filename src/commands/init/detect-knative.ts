import { detectNodeProject } from './detect-node.ts';
import { detectPythonProject } from './detect-python.ts';
import { readEnvironment } from './environment.ts';
import type { Findings, FoundCall, FoundFunction } from './found-function.ts';
import { list, literal, mapping, readYaml } from './read-data.ts';
import { directoryOf, type Repository } from './repository.ts';

/** Its runtime has no routes and is sent events, so a request that was chosen for want of a route is one with a body. */
const withBody = ({ call }: FoundFunction): FoundCall => {
  if (!('http' in call) || (call.http.path ?? '/') !== '/') return call;
  const { method: _, path: __, ...http } = call.http;
  return { http };
};

const FILES = /(^|\/)func\.ya?ml$/;

/** Functions of Knative: the server that package.json or the Procfile starts, with the name and variables of func.yaml. */
export const detectKnative = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const file of repository.files.filter((path) => FILES.test(path))) {
    const { value, problem } = readYaml(repository, file);
    const runtime = literal(value['runtime']);
    if (problem !== null) findings.notes.push({ place: file, text: problem });
    if (runtime === null) continue;
    const directory = directoryOf(file);
    const isNode = ['node', 'typescript'].includes(runtime);
    const detect = isNode ? detectNodeProject : detectPythonProject;
    const { functions } = isNode || runtime === 'python' ? detect(repository, directory) : { functions: [] };
    const envs = list(mapping(value['run'])['envs'] ?? value['envs']).map(mapping);
    const pairs = envs.map((one) => [literal(one['name']) ?? 'a group of variables', one['value']]);
    const { env, notes } = readEnvironment(Object.fromEntries(pairs));
    const name = literal(value['name']);
    if (functions.length === 0)
      findings.notes.push({ place: file, text: `runtime ${runtime}: nothing here says how its server is started` });
    else findings.directories.push(directory);
    for (const found of functions)
      findings.functions.push({
        ...found,
        call: withBody(found),
        name: name ?? found.name,
        place: file,
        env: { ...found.env, ...env },
        notes: [...found.notes, ...notes],
      });
  }
  return findings;
};
