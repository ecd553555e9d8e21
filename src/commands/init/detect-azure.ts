import { azureNode, azurePython } from './adapters/azure.ts';
import { type Findings, type FoundFunction, foundFunction, type Note } from './found-function.ts';
import { inProject, planBuild, readProject } from './node-project.ts';
import { planPythonBuild } from './python-build.ts';
import { type Loose, list, literal, mapping, readJson } from './read-data.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';

/** `@app.route(route="x")` above the name that the function has; bounded, so that no text takes quadratic time. */
const ROUTE =
  /^@\w+\.(route|function_name)\([^\n]{0,300}\)\s{0,20}\n(?:@[^\n]{0,300}\n){0,10}(?:async\s+)?def\s+(\w+)/gm;
const NAMED =
  /^@\w+\.function_name\((?:name\s*=\s*)?["'](\w+)["']\)\s{0,20}\n(?:@[^\n]{0,300}\n){0,10}(?:async\s+)?def\s+(\w+)/gm;
const V4 =
  /\bapp\.(http|timer|storageQueue|storageBlob|serviceBusQueue|serviceBusTopic|cosmosDB|eventHub|generic)\(\s*['"]([\w-]+)['"]/g;

const triggerOf = (bindings: Loose[]): { name: string; kind: 'http' | 'timer' | 'other'; type: string } | null => {
  const trigger = bindings.find((binding) => /trigger$/i.test(literal(binding['type']) ?? ''));
  if (!trigger) return null;
  const type = literal(trigger['type']) ?? '';
  const name = literal(trigger['name']) ?? 'req';
  const kind = /^http/i.test(type) ? 'http' : /^timer/i.test(type) ? 'timer' : 'other';
  return { name: /^[A-Za-z_]\w*$/.test(name) ? name : 'req', kind, type };
};

/** A function with a function.json of its own, below the application that has host.json. */
const readFunction = (repository: Repository, app: string, file: string): FoundFunction | Note => {
  const place = file;
  const own = directoryOf(file);
  const name = own.split('/').at(-1) ?? 'function';
  const settings = readJson(repository, file);
  const trigger = triggerOf(list(settings['bindings']).map(mapping));
  if (trigger === null) return { place, text: `${name}: it has no trigger` };
  const script = literal(settings['scriptFile']);
  const candidates = script === null ? ['index.js', 'index.mjs', 'index.cjs', '__init__.py'] : [script];
  const entry =
    candidates.map((one) => below(own, one)).find((path) => repository.has(path)) ?? below(own, candidates[0] ?? '');
  if (entry.endsWith('.py')) {
    if (trigger.kind !== 'http')
      return { place, text: `${name}: of Azure's functions in Python only those with HTTP are understood` };
    const module = relativeTo(app, entry)
      .replace(/(\/__init__)?\.py$/, '')
      .replaceAll('/', '.');
    return fromPython(repository, { app, place, name, module });
  }
  const project = readProject(repository, app);
  const plan = planBuild(repository, project, relativeTo(app, entry));
  if (!/\.[cm]?js$/.test(entry) || plan === null)
    return { place, text: `${name}: no file ${entry}, and no script build that makes it` };
  const adapter = `isogate-${name}.mjs`;
  const newFiles = [{ path: below(app, adapter), text: azureNode(relativeTo(app, entry), trigger.name, trigger.kind) }];
  const found = foundFunction(
    { name, place, directory: project.root, call: { handler: `${inProject(project, adapter)}#handler` } },
    { home: app, build: plan.build, newFiles },
  );
  return trigger.kind === 'other'
    ? { ...found, notes: [`the event is given as ${trigger.name} of a ${trigger.type}`] }
    : found;
};

const fromPython = (
  repository: Repository,
  { app, place, name, module }: { app: string; place: string; name: string; module: string },
): FoundFunction => {
  const { build, notes } = planPythonBuild(repository, app, { more: ['azure-functions'] });
  const adapter = `isogate_${name.replaceAll(/\W/g, '_')}.py`;
  const newFiles = [{ path: below(app, adapter), text: azurePython(module, name) }];
  return foundFunction(
    { name, place, directory: app, call: { handler: `${adapter}:handler` } },
    { build, notes, newFiles },
  );
};

/** What an application in Python or of the fourth model for Node registers in its code. */
const readRegistered = (repository: Repository, app: string, inside: string[]): (FoundFunction | Note)[] => {
  const python = below(app, 'function_app.py');
  const source = repository.read(python);
  const renamed = new Map([...source.matchAll(NAMED)].map(([, name = '', callable = '']) => [callable, name]));
  const routes = [...source.matchAll(ROUTE)].map(([, , callable = '']) => renamed.get(callable) ?? callable);
  const why = 'the programming model 4 of Azure runs only in its own host; export its handler';
  const scripts = inside.filter((path) => /\.[cm]?[jt]s$/.test(path));
  return [
    ...routes.map((name) => fromPython(repository, { app, place: python, name, module: 'function_app' })),
    ...scripts.flatMap((place) =>
      [...repository.read(place).matchAll(V4)].map(([, , name]) => ({ place, text: `${name}: ${why}` })),
    ),
  ];
};

const isInside = (directory: string, path: string): boolean => directory === '.' || path.startsWith(`${directory}/`);

/** Functions of Azure, called as its host calls them. */
export const detectAzure = (repository: Repository): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  const apps = repository.files.filter((path) => /(^|\/)host\.json$/.test(path)).map(directoryOf);
  for (const app of apps) {
    const nested = apps.filter((other) => other !== app && isInside(app, other));
    const inside = repository.files.filter(
      (path) => isInside(app, path) && !nested.some((other) => isInside(other, path)),
    );
    const files = inside.filter((path) => /(^|\/)function\.json$/.test(path));
    const found = [
      ...files.map((path) => readFunction(repository, app, path)),
      ...readRegistered(repository, app, inside),
    ];
    findings.functions.push(...found.filter((one): one is FoundFunction => 'call' in one));
    findings.notes.push(...found.filter((one): one is Note => !('call' in one)));
    if (found.length > 0) findings.directories.push(app);
    const secrets = below(app, 'local.settings.json');
    const text = 'it may hold secrets, so its Values are not copied; name in env what the functions need';
    if (repository.has(secrets)) findings.notes.push({ place: secrets, text });
  }
  return findings;
};
