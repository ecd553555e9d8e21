/** Functions of workspaces are installed at the workspaces' root, where the repository's own packages are found. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { detectFunctions } from '../../src/commands/init/detect-functions.ts';
import { functionDocument } from '../../src/commands/init/render-config.ts';
import { openRepository } from '../../src/commands/init/repository.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-init-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const detect = (files: Record<string, string>, programs: string[] = []) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const repository = openRepository(directory, (name) => programs.includes(name));
  return detectFunctions(repository).functions.map(functionDocument);
};

const QUIET = ['--no-audit', '--no-fund'];
const MEMBER = JSON.stringify({ name: '@shop/api', dependencies: { '@shop/prices': '*' } });
const ROOT = { 'package.json': '{"private":true,"workspaces":["services/*"]}', 'package-lock.json': '{}' };
const SERVERLESS = 'provider: { name: aws, runtime: nodejs20.x }\nfunctions: { api: { handler: src/api.run } }';
const SAM =
  'Resources: { Api: { Type: AWS::Serverless::Function, Properties: { CodeUri: ., Handler: src/api.run, Runtime: nodejs20.x } } }';

it.each([
  ['serverless.yml', SERVERLESS],
  ['template.yaml', SAM],
])('a member that %s describes', (file, text) => {
  const functions = detect({
    ...ROOT,
    [`services/api/${file}`]: text,
    'services/api/package.json': MEMBER,
    'services/api/src/api.js': 'exports.run = () => 1;',
    'services/api/events/one.json': '{}',
    'events/other.json': '{}',
  });
  expect(functions).toEqual([
    {
      handler: 'services/api/src/api.js#run',
      build: ['npm', 'ci', '--omit=dev', ...QUIET],
      build_network: true,
      events: 'services/api/events/one.json',
    },
  ]);
});

it('a template at the root, whose code is a member', () => {
  const functions = detect({
    ...ROOT,
    'template.yaml': SAM.replace('CodeUri: .', 'CodeUri: services/api'),
    'services/api/package.json': MEMBER,
    'services/api/src/api.js': 'exports.run = () => require("@aws-sdk/client-s3");',
  });
  const steps = [
    'npm ci --omit=dev --no-audit --no-fund',
    'npm install --no-save --omit=dev --no-audit --no-fund @aws-sdk/client-s3',
  ];
  expect(functions).toEqual([
    { handler: 'services/api/src/api.js#run', build: ['sh', '-c', steps.join(' && ')], build_network: true },
  ]);
});

it('TypeScript of a member is bundled at the root', () => {
  const functions = detect({
    ...ROOT,
    'services/api/serverless.yml': SERVERLESS,
    'services/api/package.json': MEMBER,
    'services/api/src/api.ts': 'export const run = () => 1;',
  });
  expect(functions).toMatchObject([{ handler: 'isogate-build/services-api-src-api.cjs#run' }]);
  expect(functions[0]?.['directory']).toBeUndefined();
  expect(String(functions[0]?.['build'])).toContain(
    'npm ci --no-audit --no-fund && npx --yes esbuild@0.25.12 services/api/src/api.ts --bundle',
  );
});

it('TypeScript that its own script compiles is built with all workspaces', () => {
  const functions = detect({
    ...ROOT,
    'services/api/serverless.yml': SERVERLESS,
    'services/api/package.json': '{"scripts":{"build":"tsc"}}',
    'services/api/tsconfig.json': '{"compilerOptions":{"outDir":"lib","rootDir":"."}}',
    'services/api/src/api.ts': 'export const run = () => 1;',
  });
  expect(functions).toEqual([
    {
      handler: 'services/api/lib/src/api.js#run',
      build: ['sh', '-c', 'npm ci --no-audit --no-fund && npm run build --workspaces --if-present'],
      build_network: true,
    },
  ]);
});

it.each<[string[], string | undefined, string[]]>([
  [['pnpm'], undefined, ['pnpm', 'install', '--frozen-lockfile', '--prod']],
  [[], undefined, ['npx', '--yes', 'pnpm@9.15.9', 'install', '--frozen-lockfile', '--prod']],
  [[], 'pnpm@10.1.0+sha512.abc', ['npx', '--yes', 'pnpm@10.1.0', 'install', '--frozen-lockfile', '--prod']],
])('a member of workspaces of pnpm, with %j on PATH and packageManager %s', (programs, packageManager, build) => {
  const files = {
    'package.json': JSON.stringify({ packageManager }),
    'pnpm-workspace.yaml': 'packages: ["services/**"]',
    'pnpm-lock.yaml': 'lockfileVersion: 9',
    'services/api/serverless.yml': SERVERLESS,
    'services/api/package.json': MEMBER,
    'services/api/src/api.js': 'exports.run = () => require("@aws-sdk/client-s3");',
  };
  expect(detect(files, programs)).toEqual([{ handler: 'services/api/src/api.js#run', build, build_network: true }]);
});

it.each<[string, unknown, Record<string, string>]>([
  ['no pattern fits', ['packages/*'], {}],
  ['a pattern takes it out', ['services/*', '!services/api'], {}],
  ['a pattern fits only its parent', ['*'], {}],
  ['the pattern has more stars than anybody writes', [`${'**/'.repeat(40)}api`], {}],
  ['it has a lock file of its own', ['services/*'], { 'services/api/package-lock.json': '{}' }],
])('a directory that is no member, as %s, is installed by itself', (_, workspaces, more) => {
  const functions = detect({
    'package.json': JSON.stringify({ workspaces }),
    'services/api/serverless.yml': SERVERLESS,
    'services/api/package.json': MEMBER,
    'services/api/src/api.js': 'exports.run = () => 1;',
    ...more,
  });
  expect(functions).toMatchObject([{ handler: 'src/api.js#run', directory: 'services/api' }]);
});

it.each([[['services/{api,web}']], [['./services/a?i/']], [['**']], [{ packages: ['services/*'] }]])(
  'a member by %j',
  (workspaces) => {
    const functions = detect({
      'package.json': JSON.stringify({ workspaces }),
      'services/api/serverless.yml': SERVERLESS,
      'services/api/package.json': MEMBER,
      'services/api/src/api.js': 'exports.run = () => 1;',
    });
    expect(functions).toMatchObject([{ handler: 'services/api/src/api.js#run' }]);
  },
);

it('adapters of other platforms stay beside the code', () => {
  const functions = detect({
    'package.json': '{"workspaces":["f/*"]}',
    'package-lock.json': '{}',
    'stack.yml': 'provider:\n  name: openfaas\nfunctions: { add: { lang: node20, handler: ./f/add } }',
    'f/add/package.json': MEMBER,
    'f/add/handler.js': 'module.exports = async () => 1;',
    'f/site/package.json': MEMBER,
    'f/site/vercel.json': '{}',
    'f/site/api/hello.js': 'export default (q, s) => s.send("x");',
    'f/app/host.json': '{}',
    'f/app/package.json': MEMBER,
    'f/app/Greet/function.json': '{"bindings":[{"type":"httpTrigger","name":"req"}]}',
    'f/app/Greet/index.js': 'module.exports = async () => 1;',
    'f/web/template.yaml': SAM.replace('src/api.run', 'run.sh'),
    'f/web/package.json': MEMBER,
    'f/web/run.sh': '#!/bin/sh\nexec node server.js\n',
    'f/web/server.js': 'app.get("/", f)',
  });
  expect(functions).toMatchObject([
    { http: { command: ['node', 'f/web/server.js'] } },
    { handler: 'f/add/isogate-handler.mjs#handler' },
    { handler: 'f/app/isogate-Greet.mjs#handler' },
    { http: { command: ['node', 'f/site/isogate-server.mjs', 'f/site/api/hello.js', 'node'] } },
  ]);
  for (const one of functions) {
    expect(one['directory']).toBeUndefined();
    expect(one['build']).toEqual(['npm', 'ci', '--omit=dev', ...QUIET]);
  }
});
