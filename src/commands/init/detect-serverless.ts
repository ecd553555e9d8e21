import { readEnvironment } from './environment.ts';
import type { Findings, FoundFunction, Note } from './found-function.ts';
import { describeLambda, resolveLambdaHandler } from './platform-handler.ts';
import { type Data, type Loose, list, literal, mapping, placeOf, readYaml, showValue } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';
import { methodOf, type Trigger } from './sample-events.ts';
import { readServerlessFunctions } from './serverless-functions.ts';
import { newLimits, resolveVariables, type VariableLimits } from './serverless-variables.ts';

const FILES = /(^|\/)serverless(\.[\w-]+)?\.ya?ml$/;
const CODE = /(^|\/)serverless\.(ts|js|cjs|mjs)$/;

const TRIGGERS: Record<string, Exclude<Trigger['kind'], 'rest-api' | 'http-api'>> = {
  sqs: 'queue',
  sns: 'topic',
  s3: 'bucket',
  stream: 'table',
  schedule: 'schedule',
  eventBridge: 'schedule',
};

/** `GET /path`, `get path` or `{ method, path }`. */
const readRequest = (value: unknown): { method: string; path: string } => {
  const [first = '', second] = typeof value === 'string' ? value.trim().split(/\s+/) : [];
  const method = literal(mapping(value)['method']) ?? (second === undefined ? 'GET' : first);
  const path = literal(mapping(value)['path']) ?? second ?? '/';
  return { method: methodOf(method), path: path.startsWith('/') ? path : path === '*' ? '/' : `/${path}` };
};

const readTrigger = (events: unknown): Trigger | null => {
  for (const event of list(events)) {
    const [[kind = '', value] = []] = typeof event === 'string' ? [[event, {}]] : Object.entries(mapping(event));
    if (kind === 'http') return { kind: 'rest-api', ...readRequest(value) };
    if (kind === 'httpApi') return { kind: 'http-api', ...readRequest(value) };
    const known = Object.hasOwn(TRIGGERS, kind) ? TRIGGERS[kind] : undefined;
    if (known) return { kind: known };
  }
  return null;
};

interface Place {
  repository: Repository;
  file: string;
  data: Data;
  limits: VariableLimits;
}

const readFunction = ({ repository, file, data, limits }: Place, name: string, own: Loose): FoundFunction | Note => {
  const provider = mapping(data.value['provider']);
  const resolve = (value: unknown) => resolveVariables(data.value, value, limits);
  const property = (key: string) => resolve(own[key] ?? provider[key]);
  const place = placeOf(file, data.lines, ['functions', name]);
  const note = (text: string): Note => ({ place, text: `${name}: ${text}` });
  const handler = literal(resolve(own['handler']));
  if (own['image'] !== undefined) return note('it is an image; write an HTTP server or a command around it');
  if (handler === null || handler.includes('${')) return note(`its handler is ${showValue(own['handler'])}`);
  const runtime = literal(property('runtime')) ?? guessRuntime(repository, directoryOf(file), handler);
  const directory = directoryOf(file);
  const module = literal(own['module']);
  const root = module === null ? directory : below(directory, module);
  const resolved = resolveLambdaHandler(repository, root, {
    handler,
    runtime,
    requirementsIn: ['.', directoryOf(handler)],
  });
  if ('problem' in resolved) return note(resolved.problem);
  return describeLambda(resolved, {
    name,
    place,
    home: root,
    runtime,
    environments: [readEnvironment(provider['environment'], resolve), readEnvironment(own['environment'], resolve)],
    leftOut: list(own['layers'] ?? provider['layers']).length > 0 ? ['its layers are not built'] : [],
    memory: property('memorySize'),
    timeout: property('timeout'),
    trigger: readTrigger(own['events']),
  });
};

/** The provider's default is Node; a Python file of the handler's name says otherwise. */
const guessRuntime = (repository: Repository, directory: string, handler: string): string =>
  repository.has(below(directory, `${handler.replace(/\.[^./]*$/, '')}.py`)) ? 'python' : 'nodejs';

/** Functions of Serverless Framework, of the providers whose handlers are Lambda's. */
export const detectServerless = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const place of repository.files.filter((path) => CODE.test(path))) {
    findings.notes.push({ place, text: 'a configuration that is a program is not run; name the functions by hand' });
  }
  for (const file of repository.files.filter((path) => FILES.test(path))) {
    const data = readYaml(repository, file);
    if (data.problem !== null) findings.notes.push({ place: file, text: data.problem });
    if (data.value['functions'] === undefined) continue;
    findings.directories.push(directoryOf(file));
    const provider = literal(mapping(data.value['provider'])['name']) ?? literal(data.value['provider']) ?? 'aws';
    if (provider !== 'aws') {
      findings.notes.push({ place: file, text: `provider ${provider}: only functions of aws are understood` });
      continue;
    }
    const limits = newLimits();
    const { functions, notes } = readServerlessFunctions(repository, file, data.value['functions']);
    findings.notes.push(...notes.map((text) => ({ place: file, text })));
    for (const [name, own] of Object.entries(functions)) {
      const found = readFunction({ repository, file, data, limits }, name, mapping(own));
      if ('call' in found) findings.functions.push(found);
      else findings.notes.push(found);
    }
    for (const text of limits.problems) findings.notes.push({ place: file, text });
  }
  return findings;
};
