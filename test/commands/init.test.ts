import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { isogate } from './world.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/init');

const PATH = process.env['PATH'];
const PROGRAMS = ['node', 'go', 'cargo', 'mvn', 'docker'];

let directory: string;
let programs: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-init-')));
  // Only whether a program is there counts, so that the answers are the same on every machine.
  programs = mkdtempSync(join(tmpdir(), 'isogate-programs-'));
  for (const name of PROGRAMS) writeFileSync(join(programs, name), '', { mode: 0o755 });
  process.env['PATH'] = programs;
});
afterEach(() => {
  process.env['PATH'] = PATH;
  for (const path of [directory, programs]) rmSync(path, { recursive: true });
});

interface Printed {
  functions: { name: string; place: string; notes: string[]; settings: Record<string, unknown> }[];
  notes: { place: string; text: string }[];
  files: string[];
}

const init = async (files: Record<string, string> = {}): Promise<Printed> => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { code, out } = await isogate(['init', '--json', '--config', join(directory, 'isogate.yml')]);
  expect(code).toBe(0);
  return JSON.parse(out);
};

const linesOf = ({ functions, notes }: Printed): string[] => [
  ...functions.flatMap(({ name, settings, notes: own }) => {
    const http = settings['http'] as { command?: string[]; method?: string; path?: string } | undefined;
    const call =
      settings['handler'] ??
      `${http?.method ?? 'POST'} ${http?.path ?? '/'} ${http?.command?.join(' ') ?? 'of the image'}`;
    const events = [settings['events'] ?? []].flat().join(' ');
    return [
      `${name}: ${call} in ${settings['directory'] ?? '.'}, events ${events || 'none'}`,
      ...own.map((n) => `  ${n}`),
    ];
  }),
  ...notes.map(({ place, text }) => `? ${place}: ${text}`),
];

/** By repository of the fixtures: a line for each function, indented what is not understood of it, and the rest after `?`. */
const ROWS: Record<string, string[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'init-expected.json'), 'utf8'),
);

it('has a row for each repository of the fixtures', () => {
  const directories = readdirSync(FIXTURES).filter((name) => name !== 'README.md');
  expect(Object.keys(ROWS).sort()).toEqual(directories.sort());
});

it.each(Object.entries(ROWS))('%s', async (name, expected) => {
  cpSync(join(FIXTURES, name), directory, { recursive: true });
  const printed = await init();
  expect(linesOf(printed)).toEqual(expected);
  for (const file of printed.files) expect(existsSync(join(directory, file))).toBe(true);
  const config = await loadConfig(join(directory, 'isogate.yml'));
  if (printed.functions.length > 0)
    expect(config.functions.map((one) => one.name)).toEqual(printed.functions.map((one) => one.name));
});

it('settings of a build, of the environment and of resources are written', async () => {
  cpSync(join(FIXTURES, 'sam-python-requirements'), directory, { recursive: true });
  const { functions } = await init();
  expect(functions[0]?.settings).toEqual({
    handler: 'handler/main.py:render',
    directory: 'src/render',
    build: ['python3', '-m', 'pip', 'install', '--quiet', '--target', '.', '-r', 'requirements.txt'],
    build_network: true,
    env: { TEMPLATE: 'invoice.txt' },
    events: 'src/render/event.json',
  });
  expect(readFileSync(join(directory, 'isogate.yml'), 'utf8')).toContain('resources: { memory: 1024MiB }');
});

it('says of an empty directory that nothing was recognised, and marks the line to change', async () => {
  const { code, out, log } = await isogate(['init', '--config', join(directory, 'isogate.yml')]);
  expect({ code, log }).toEqual({
    code: 0,
    log: [`wrote ${join(directory, 'isogate.yml')}; no function was recognised: edit the line marked "change me"`],
  });
  expect(out).toContain('uses: isogate/isogate@v1');
  const [found] = (await loadConfig(join(directory, 'isogate.yml'))).functions;
  expect(found?.handler).toEqual({ file: 'src/handler.mjs', export: 'handler' });
});

it.each<[Record<string, string>, string[]]>([
  [
    { 'src/handler.mjs': 'export async function handler(event) {}' },
    ['handler: src/handler.mjs#handler in ., events none'],
  ],
  [
    { 'package.json': 'not json', 'index.js': 'export default () => 1;' },
    ['index: index.js#default in ., events none'],
  ],
  [{ 'index.js': '// exports.handler = 1;\n/* export default 1 */' }, []],
  [{ 'app.py': '  def handler(self): pass\n# def main(event): not here\n' }, []],
  [{ 'app.py': 'def main():\n    pass\n' }, []],
  [
    {
      'package.json': '{"dependencies":{"@google-cloud/functions-framework":"3.4.2"}}',
      'project.toml': '[[build.env]]\nname = "GOOGLE_FUNCTION_TARGET"\nvalue = "greet"\n',
      'index.js': 'exports.greet = (req, res) => res.send("x");',
    },
    ['greet: POST / node_modules/.bin/functions-framework --target=greet in ., events none'],
  ],
  [
    {
      'main.py': 'def greet(request):\n    return "x"\n',
      'deploy.sh': 'gcloud functions deploy x --entry-point=greet',
    },
    ['greet: POST / python3 -m functions_framework --target=greet in ., events none'],
  ],
  [
    { 'serverless.yml': 'functions: { a: { handler: nowhere.run } }' },
    ['? serverless.yml:1: a: handler nowhere.run: no file nowhere.{mjs,js,cjs,ts}'],
  ],
  [
    { 'serverless.yml': 'functions: { a: { handler: x.run } }', 'x.js': 'exports.ran = 1;' },
    ['? serverless.yml:1: a: handler x.run: x.js has no run; it has ran'],
  ],
  [
    { 'template.yaml': 'Resources:\n  A: 1: 2' },
    ['? template.yaml: line 2:6: not valid YAML: Nested mappings are not allowed in compact mappings'],
  ],
  [
    {
      'template.yaml':
        'Resources: { A: { Type: AWS::Serverless::Function, Properties: { CodeUri: ../../x, Handler: a.b, Runtime: nodejs20.x } } }',
    },
    ['? template.yaml:1: A: handler a.b: no file ../../x/a.{mjs,js,cjs,ts}'],
  ],
  [
    {
      'a.py': 'def handler(event): pass',
      'b.py': 'def handler(event): pass',
      'events/one.json': '',
      'events/b.json': '{}',
      'events/a.json': '[]',
      'events/many-a.json': '{}',
      'data/rows.json': '',
    },
    [
      'a: a.py:handler in ., events events/a.json events/many-a.json',
      'b: b.py:handler in ., events events/b.json',
      '? events/one.json: not JSON (it is empty, not readable, or larger than 1 MiB)',
    ],
  ],
  [
    { 'f.py': 'def handler(event): pass', 'events/1.json': '1', 'events/2.json': '2', 'events/3.json': '{}}' },
    [
      'f: f.py:handler in ., events events/1.json events/2.json',
      '? events/3.json: not JSON (Unexpected non-whitespace character after JSON at position 2)',
    ],
  ],
])('of %j it says %j', async (files, expected) => {
  expect(linesOf(await init(files))).toEqual(expected);
});

it('keeps a file that is there already', async () => {
  const files = {
    'template.yaml': readFileSync(join(FIXTURES, 'sam-queue-no-events/template.yaml'), 'utf8'),
    'consumer.js': readFileSync(join(FIXTURES, 'sam-queue-no-events/consumer.js'), 'utf8'),
    'isogate-events/Consumer.json': '{"Records":[]}',
  };
  expect((await init(files)).files).toEqual([]);
  expect(readFileSync(join(directory, 'isogate-events/Consumer.json'), 'utf8')).toBe('{"Records":[]}');
});

it('names the program that is missing for a build', async () => {
  for (const name of PROGRAMS) rmSync(join(programs, name));
  for (const name of ['go-http', 'flask-dockerfile'])
    cpSync(join(FIXTURES, name), join(directory, name), { recursive: true });
  expect(linesOf(await init())).toEqual([
    'flask-dockerfile: POST /count python3 -m gunicorn --bind 127.0.0.1:8080 app:app in flask-dockerfile, events flask-dockerfile/events/short.json',
    '? flask-dockerfile/Dockerfile: neither docker nor podman is here to build it: the program in it is looked for without it',
    '? go-http/go.mod: it is built by go, which is not here: install it, and run isogate init again',
  ]);
});

it.each<[Record<string, string>, boolean]>([
  [{ '.git/HEAD': 'x' }, true],
  [{ '.git/HEAD': 'x', '.gitignore': 'node_modules/\nisogate-out\n' }, false],
  [{ '.git/HEAD': 'x', '.gitignore': '/isogate-out/' }, true],
  [{ '.git/HEAD': 'x', 'api/.gitignore': 'isogate-*/' }, false],
  [{ '.git/HEAD': 'x', '.git/info/exclude': 'isogate-out/' }, false],
  [{ '.git': 'gitdir: /elsewhere' }, true],
])('with %j it says that isogate-out/ belongs into .gitignore: %s', async (files, isSaid) => {
  for (const [path, text] of Object.entries({ ...files, 'api/x.txt': '' })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { log } = await isogate(['init', '--config', join(directory, 'api/isogate.yml')]);
  expect(log.includes('isogate-out/ is not ignored by git: add it to .gitignore')).toBe(isSaid);
});
