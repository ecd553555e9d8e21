import { requestOf } from './detect-node.ts';
import { type Findings, type FoundFunction, type FoundServer, foundFunction, type Note } from './found-function.ts';
import { list, literal, mapping, readToml } from './read-data.ts';
import { below, directoryOf, type Repository, relativeTo } from './repository.ts';
import { findPort } from './source-text.ts';

const DEFAULT_PORT = 8080;
const MAX_SOURCES = 200;

/** What a compiled language has: the file that describes a build, and how a server is built and started. */
interface Compiled {
  file: RegExp;
  program: string;
  ending: string;
  /** Whether the sources are a server of HTTP. */
  serves: RegExp;
  plan: (repository: Repository, directory: string, sources: Sources) => Plan | Note['text'];
}

interface Plan {
  build: string[];
  network: boolean;
  command: string[];
  name?: string;
  env?: Record<string, string>;
}

type Sources = { path: string; text: string }[];

const planGo: Compiled['plan'] = (repository, directory, sources) => {
  const main = sources.find(({ text }) => /^package main\b/m.test(text) && /\bfunc main\(\)/.test(text));
  if (!main) return 'it has no package main: a server around it can be measured';
  const place = directoryOf(relativeTo(directory, main.path));
  const module = repository.read(below(directory, 'go.mod'));
  const target = place === '.' ? '.' : `./${place}`;
  const vendored = repository.list(below(directory, 'vendor')).some((path) => path.endsWith('modules.txt'));
  const registered = /functions\.(?:HTTP|CloudEvent)\("([\w$]+)"/.exec(sources.map(({ text }) => text).join('\n'))?.[1];
  return {
    build: ['go', 'build', '-o', 'server', target],
    network: !vendored && /^\s*(require\b|\t\S+ v\d)/m.test(module),
    command: ['./server'],
    ...(place === '.' ? {} : { name: place.split('/').at(-1) ?? 'server' }),
    ...(registered ? { env: { FUNCTION_TARGET: registered } } : {}),
  };
};

const planRust: Compiled['plan'] = (repository, directory) => {
  const { value } = readToml(repository, below(directory, 'Cargo.toml'));
  const [first] = list(value['bin']);
  const name = literal(mapping(first)['name']) ?? literal(mapping(value['package'])['name']);
  if (name === null || !/^[\w-]+$/.test(name)) return 'it has no package with a program';
  const hasMain = repository.has(below(directory, 'src/main.rs')) || first !== undefined;
  if (!hasMain) return 'it has no src/main.rs: a server around it can be measured';
  // Outside of the function's directory, since what cargo leaves would be in the image.
  const compile = `cargo build --release --target-dir /tmp/target && cp /tmp/target/release/${name} server`;
  return {
    build: ['sh', '-c', compile],
    network: Object.keys(mapping(value['dependencies'])).length > 0,
    command: ['./server'],
    name,
  };
};

const planMaven: Compiled['plan'] = (repository, directory) => {
  const pom = repository
    .read(below(directory, 'pom.xml'))
    .replaceAll(/<!--[\s\S]{0,4000}?-->|<parent>[\s\S]{0,4000}?<\/parent>/g, '');
  const tag = (name: string) => new RegExp(`<${name}>\\s*([\\w.-]+)\\s*</${name}>`).exec(pom)?.[1];
  const [artifact, version] = [tag('artifactId'), tag('version')];
  if (!artifact) return 'it has no artifactId';
  if (!/<mainClass>|spring-boot-maven-plugin/.test(pom))
    return 'its jar names no main class, so nothing says how it starts';
  const jar = `target/${tag('finalName') ?? `${artifact}-${version ?? '0.0.1-SNAPSHOT'}`}.jar`;
  return {
    build: ['mvn', '-q', '-DskipTests', 'package'],
    network: true,
    command: ['java', '-jar', jar],
    name: artifact,
  };
};

const LANGUAGES: Compiled[] = [
  {
    file: /(^|\/)go\.mod$/,
    program: 'go',
    ending: '.go',
    plan: planGo,
    serves:
      /\bListenAndServe\b|\bfuncframework\.Start|\bgin\.(?:Default|New)\(|\becho\.New\(|\bfiber\.New\(|\bhttp\.Serve\(/,
  },
  {
    file: /(^|\/)Cargo\.toml$/,
    program: 'cargo',
    ending: '.rs',
    plan: planRust,
    serves: /\bTcpListener\b|\bHttpServer::new|\baxum::|\bwarp::|\brocket::|\btiny_http\b|\bhyper::/,
  },
  {
    file: /(^|\/)pom\.xml$/,
    program: 'mvn',
    ending: '.java',
    plan: planMaven,
    serves: /\bHttpServer\.create\b|SpringApplication\.run|\bJavalin\b|\bVertx\b|\bUndertow\b|\bServerSocket\b/,
  },
];

/** Programs that call the platform themselves, so that nobody can call them. */
const OWN_LOOP = /\blambda\.Start(?:WithOptions)?\(|\blambda_runtime::run\b|\bRequestHandler<|\blambda_http::run\b/;

/** The server below one file that describes a build; a text that says why there is none, null where nothing hints at one. */
const readServer = (repository: Repository, language: Compiled, place: string): FoundFunction | string | null => {
  const directory = directoryOf(place);
  const sources = repository.files
    .filter((path) => path.endsWith(language.ending) && (directory === '.' || path.startsWith(`${directory}/`)))
    .slice(0, MAX_SOURCES)
    .map((path) => ({ path, text: repository.read(path) }));
  const text = sources.map((source) => source.text).join('\n');
  if (OWN_LOOP.test(text))
    return 'it asks AWS Lambda for its events itself; write an HTTP server or a command around it';
  if (!language.serves.test(text)) return null;
  if (!repository.hasProgram(language.program))
    return `it is built by ${language.program}, which is not here: install it, and run isogate init again`;
  const plan = language.plan(repository, directory, sources);
  if (typeof plan === 'string') return plan;
  const port = /\bPORT\b/.test(text) ? DEFAULT_PORT : (findPort(text) ?? DEFAULT_PORT);
  const http: FoundServer = { command: plan.command, port, ...requestOf(text) };
  const name = plan.name ?? (directory === '.' ? 'server' : (directory.split('/').at(-1) ?? 'server'));
  const build = { argv: plan.build, network: plan.network };
  return foundFunction({ name, place, directory, call: { http } }, { build, env: plan.env ?? {} });
};

/** HTTP servers in languages that are compiled, where the tool that builds them is here. */
export const detectCompiled = (repository: Repository, isTaken: (path: string) => boolean): Findings => {
  const findings: Findings = { functions: [], notes: [], directories: [] };
  for (const language of LANGUAGES) {
    for (const place of repository.files.filter((path) => language.file.test(path))) {
      if (isTaken(directoryOf(place))) continue;
      const found = readServer(repository, language, place);
      if (typeof found === 'string') findings.notes.push({ place, text: found });
      else if (found) {
        findings.functions.push(found);
        findings.directories.push(found.directory);
      }
    }
  }
  return findings;
};
