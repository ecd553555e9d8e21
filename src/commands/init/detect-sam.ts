import { readEnvironment } from './environment.ts';
import { type Findings, type FoundFunction, foundFunction, type Note } from './found-function.ts';
import { adaptedImage, scriptedServer } from './lambda-web-adapter.ts';
import { planTypeScript } from './node-project.ts';
import { describeLambda, resolveLambdaHandler } from './platform-handler.ts';
import { type Data, type Loose, list, literal, mapping, placeOf, readYaml, showValue } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';
import { methodOf, type Trigger } from './sample-events.ts';
import { withTrigger } from './with-trigger.ts';

const FILES = /(^|\/)(template|sam-template|sam|template-[\w-]+)\.(ya?ml|json)$/;
const TYPES = ['AWS::Serverless::Function', 'AWS::Lambda::Function'];

const TRIGGERS: Record<string, Exclude<Trigger['kind'], 'rest-api' | 'http-api'>> = {
  SQS: 'queue',
  SNS: 'topic',
  S3: 'bucket',
  DynamoDB: 'table',
  Schedule: 'schedule',
  ScheduleV2: 'schedule',
  CloudWatchEvent: 'schedule',
  EventBridgeRule: 'schedule',
};

const readTrigger = (events: unknown): Trigger | null => {
  for (const event of Object.values(mapping(events))) {
    const { Type, Properties } = mapping(event);
    const path = literal(mapping(Properties)['Path']) ?? '/';
    const method = methodOf(literal(mapping(Properties)['Method']) ?? 'GET');
    if (Type === 'Api') return { kind: 'rest-api', method, path };
    if (Type === 'HttpApi') return { kind: 'http-api', method, path };
    const kind = typeof Type === 'string' && Object.hasOwn(TRIGGERS, Type) ? TRIGGERS[Type] : undefined;
    if (kind) return { kind };
  }
  return null;
};

/** A property of the function, else the one of Globals. */
const propertyOf = (own: Loose, globals: Loose, key: string): unknown => own[key] ?? globals[key];

interface Place {
  repository: Repository;
  file: string;
  data: Data;
  globals: Loose;
}

const readFunction = (at: Place, name: string, resource: Loose): FoundFunction | Note => {
  const { repository, file, data, globals } = at;
  const own = mapping(resource['Properties']);
  const property = (key: string) => propertyOf(own, globals, key);
  const place = placeOf(file, data.lines, ['Resources', name]);
  const note = (text: string): Note => ({ place, text: `${name}: ${text}` });
  if (property('PackageType') === 'Image') return readImage(at, name, resource, place);
  if (own['InlineCode'] !== undefined || mapping(own['Code'])['ZipFile'] !== undefined)
    return note('its code stands in the template; put it into a file');
  const code = property('CodeUri') ?? (typeof own['Code'] === 'string' ? own['Code'] : './');
  const [uri, handler, runtime] = [literal(code), literal(property('Handler')), literal(property('Runtime'))];
  if (uri === null || /^(s3|https?):/.test(uri))
    return note(`its code is at ${showValue(code)}, not in this repository`);
  if (handler === null || runtime === null)
    return note(
      `${handler === null ? 'Handler' : 'Runtime'} is ${showValue(property(handler === null ? 'Handler' : 'Runtime'))}`,
    );
  const directory = below(directoryOf(file), uri);
  const variables = mapping(mapping(own['Environment'])['Variables']);
  if (handler.endsWith('.sh')) {
    const common = mapping(mapping(globals['Environment'])['Variables']);
    const port = variables['PORT'] ?? common['PORT'];
    const server = scriptedServer(repository, directory, { handler, runtime, port });
    if (!server) return note(`handler ${handler}: no script whose last line starts a server`);
    return foundFunction(
      { name, place, directory: server.directory, call: { http: server.http } },
      { home: directory, runtime, build: server.build, env: server.env },
    );
  }
  const bundled = entryPoint(repository, directory, resource, handler);
  const resolved = bundled ?? resolveLambdaHandler(repository, directory, { handler, runtime });
  if ('problem' in resolved) return note(resolved.problem);
  return describeLambda(resolved, {
    name,
    place,
    home: directory,
    runtime,
    environments: [readEnvironment(mapping(mapping(globals)['Environment'])['Variables']), readEnvironment(variables)],
    leftOut: list(property('Layers')).length > 0 ? ['its Layers are not built'] : [],
    memory: property('MemorySize'),
    timeout: property('Timeout'),
    trigger: readTrigger(own['Events']),
  });
};

/** The TypeScript file that SAM would bundle, where the template names one. */
const entryPoint = (repository: Repository, directory: string, resource: Loose, handler: string) => {
  const metadata = mapping(resource['Metadata']);
  const [entry] = list(mapping(metadata['BuildProperties'])['EntryPoints']);
  if (metadata['BuildMethod'] !== 'esbuild' || typeof entry !== 'string') return null;
  if (!/\.[cm]?tsx?$/.test(entry) || !repository.has(below(directory, entry))) return null;
  const { file, ...where } = planTypeScript(repository, directory, below('.', entry));
  return { ...where, handler: `${file}#${handler.split('.').at(-1)}`, notes: [] };
};

/** An image for Lambda: its handler is what CMD names, and its packages lie in /var/task. */
const readImage = ({ repository, file }: Place, name: string, resource: Loose, place: string): FoundFunction | Note => {
  const metadata = mapping(resource['Metadata']);
  const context = below(directoryOf(file), literal(metadata['DockerContext']) ?? '.');
  const dockerfile = below(context, literal(metadata['Dockerfile']) ?? 'Dockerfile');
  const command = /^\s*CMD\s*\[\s*"([^"]+)"\s*\]/m.exec(repository.read(dockerfile))?.[1];
  const runtime = /^\s*FROM\s+\S*lambda\/((?:python|nodejs)\b(?::\d+(?:\.\d+)?)?)/m
    .exec(repository.read(dockerfile))?.[1]
    ?.replace(':', '');
  const served = adaptedImage(repository, context, { dockerfile, port: null });
  if (served)
    return foundFunction(
      { name, place, directory: context, call: { http: served.http } },
      { build: served.build, dockerfile },
    );
  if (!command || !runtime)
    return {
      place,
      text: `${name}: ${dockerfile} is not one of Lambda's Python or Node images with CMD ["FILE.NAME"]`,
    };
  const resolved = resolveLambdaHandler(repository, context, { handler: command, runtime });
  if ('problem' in resolved) return { place, text: `${name}: ${resolved.problem}` };
  const notes = ['its image is not built: the handler runs by the language runtime of this machine'];
  const found = foundFunction(
    { name, place, directory: resolved.directory, call: { handler: resolved.handler } },
    { home: context, runtime, build: resolved.build, notes },
  );
  return withTrigger(found, readTrigger(mapping(resource['Properties'])['Events']));
};

/** Functions of AWS SAM's and CloudFormation's templates. */
export const detectSam = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const file of repository.files.filter((path) => FILES.test(path))) {
    const data = readYaml(repository, file);
    if (data.problem !== null) findings.notes.push({ place: file, text: data.problem });
    const globals = mapping(mapping(data.value['Globals'])['Function']);
    for (const [name, resource] of Object.entries(mapping(data.value['Resources']))) {
      if (!TYPES.includes(String(mapping(resource)['Type']))) continue;
      const found = readFunction({ repository, file, data, globals }, name, mapping(resource));
      findings.directories.push(directoryOf(file));
      if ('call' in found) findings.functions.push(found);
      else findings.notes.push(found);
    }
  }
  return findings;
};
