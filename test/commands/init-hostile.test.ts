import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serverCommand } from '../../src/commands/init/command-line.ts';
import { readDockerfile } from '../../src/commands/init/dockerfile.ts';
import { openRepository } from '../../src/commands/init/repository.ts';
import { findPort, findRoute, nodeExports, pythonExports } from '../../src/commands/init/source-text.ts';
import { isogate } from './world.ts';

let place: string;
let repository: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-hostile-')));
  repository = join(place, 'repository');
  write({ 'repository/README.md': '' });
});
afterEach(() => rmSync(place, { recursive: true }));

const write = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
};

const init = () => isogate(['init', '--json', '--config', join(repository, 'isogate.yml')]);

const reference = (name: string): string => `$\{self:custom.${name}}`;

it.each<[string, string, string]>([
  [
    'length',
    reference('long'),
    `serverless.yml: not understood: ${reference('long')}: its variables stand for more than 32 KiB, or for more than 4 MiB in the whole file`,
  ],
  [
    'levels',
    reference('a5'),
    `serverless.yml: not understood: ${reference('a5')}: it takes more than 1000 variables, or more than 100000 in the whole file`,
  ],
  [
    'number',
    reference('empty'),
    `serverless.yml: not understood: ${reference('empty')}: it takes more than 1000 variables, or more than 100000 in the whole file`,
  ],
])('variables that grow in %s are given up', async (_, value, expected) => {
  const levels = [1, 2, 3, 4, 5].map((level) => `  a${level}: "${reference(`a${level - 1}`).repeat(10)}"`);
  write({
    'repository/serverless.yml': [
      'provider: { name: aws, runtime: nodejs20.x }',
      'custom:',
      '  nothing: ""',
      `  empty: "${reference('nothing').repeat(1001)}"`,
      `  part: "${'x'.repeat(200)}"`,
      `  long: "${reference('part').repeat(200)}"`,
      '  a0: "0123456789"',
      ...levels,
      'functions:',
      '  f:',
      '    handler: index.run',
      `    environment: { BIG: "${value}", SMALL: "${reference('a1')}" }`,
    ].join('\n'),
    'repository/index.js': 'exports.run = async () => 1;',
  });
  const { code, out, log } = await init();
  expect(code).toBe(0);
  expect(JSON.parse(out).functions[0].settings.env).toEqual({ SMALL: '0123456789'.repeat(10) });
  expect(log.filter((line) => line.startsWith('serverless.yml: not understood'))).toEqual([expected]);
});

it('nothing is read through a directory that is a link to elsewhere', async () => {
  write({
    'home/secret.yml': 'token: { handler: index.secret }',
    'home/events/a.json': '{}',
    'repository/own/b.json': '{}',
    'repository/serverless.yml': 'functions: $' + '{file(homelink/secret.yml)}',
    'repository/index.js': 'exports.secret = async () => 1;',
  });
  symlinkSync('../home', join(repository, 'homelink'));
  symlinkSync('own', join(repository, 'ownlink'));
  const opened = openRepository(repository);
  expect(opened.has('homelink/secret.yml')).toBe(false);
  expect(opened.read('homelink/secret.yml')).toBe('');
  expect(opened.list('homelink/events')).toEqual([]);
  expect(opened.list('../home/events')).toEqual([]);
  expect(opened.list('ownlink')).toEqual(['ownlink/b.json']);
  const { out } = await init();
  expect(JSON.parse(out).notes).toEqual([
    { place: 'serverless.yml', text: '$' + '{file(homelink/secret.yml)}: no YAML or JSON file of that name' },
  ]);
});

it.each(['../elsewhere', '../nowhere'])(
  'nothing is written through isogate-events that is a link to %s',
  async (target) => {
    write({
      'elsewhere/a.txt': '',
      'repository/serverless.yml':
        'functions: { f: { handler: index.run, events: [{ sqs: "arn:aws:sqs:region:1:queue" }] } }',
      'repository/index.js': 'exports.run = async () => 1;',
    });
    symlinkSync(target, join(repository, 'isogate-events'));
    await expect(init()).resolves.toMatchObject({
      code: 4,
      log: [
        `isogate: ${repository}/isogate-events/f.json: not written, because ${repository}/isogate-events leads out of ${repository}; replace that link by a directory`,
      ],
    });
    expect(readdirSync(join(place, 'elsewhere'))).toEqual(['a.txt']);
    expect(existsSync(join(repository, 'isogate.yml'))).toBe(false);
  },
);

it('names that all objects have mean nothing', async () => {
  expect(serverCommand('constructor x', 'python', 8080)).toEqual({ words: ['constructor', 'x'], env: {} });
  write({
    'repository/serverless.yml':
      'functions: { f: { handler: index.run, events: [constructor], environment: { A: "$' +
      '{self:custom.constructor.name}" } } }',
    'repository/sam/template.yaml':
      'Resources: { G: { Type: AWS::Serverless::Function, Properties: { Handler: index.run, Runtime: nodejs20.x, Events: { E: { Type: constructor } } } } }',
    'repository/index.js': 'exports.run = async () => 1;',
    'repository/sam/index.js': 'exports.run = async () => 1;',
  });
  const { code, out } = await init();
  expect(code).toBe(0);
  const functions: { name: string; settings: { events?: unknown; env?: unknown } }[] = JSON.parse(out).functions;
  expect(functions.map(({ name, settings }) => [name, settings.events, settings.env])).toEqual([
    ['G', undefined, undefined],
    ['f', undefined, undefined],
  ]);
});

it('a pattern looks no further than a call may reach', () => {
  const far = `@app.route("/a", ${'x=1, '.repeat(80)}methods=["PUT"])`;
  expect(findRoute(far)).toEqual({ method: 'GET', path: '/a' });
});

it.each([
  ...['@a.route("/a" ', '/*', '"\\"', '`\\`', 'export {', 'module.exports = { 1', '\n', '.listen({ ', 'bind(', '<<a\n'],
  ...['HttpServer.create(', 'a', '-b', 'RUN A', '# "'],
])('256 KiB of %j come to an end', (unit) => {
  const text = unit.repeat((256 * 1024) / unit.length);
  expect([findPort(text), [...nodeExports(text).names], [...pythonExports(text).names]]).toEqual([null, [], []]);
  expect(findRoute(text)?.method ?? 'GET').toBe('GET');
  expect(readDockerfile(`FROM a\nENV ${text}`).port).toBe(null);
});

it('of a long source the beginning and the end are searched, and what else it exports is left open', () => {
  const filler = `// ${'x'.repeat(97)}\n`.repeat(4000);
  write({ 'repository/bundle.js': `exports.first = 1;\n${filler}exports.middle = 1;\n${filler}exports.last = 1;\n` });
  const text = openRepository(repository).read('bundle.js');
  expect(text.length).toBe(256 * 1024 + 1);
  const { names, isOpen } = nodeExports(text);
  expect([[...names], isOpen]).toEqual([['first', 'last'], true]);
});

it.each<[string, string[]]>([
  ['const a = "x";// exports.no = 1\nexports.a = a;', ['a']],
  ["const a = 'it\\'s /* '; exports.a = a; /* exports.no = 1 */ exports.b = 1;", ['a', 'b']],
  ['/* unended\nexports.a = 1;', ['a']],
  ["// don't\nexports.a = 1; // it's exports.no = 1", ['a']],
])('without its comments %j exports %j', (text, names) => {
  expect([...nodeExports(text).names].sort()).toEqual(names);
});
