import { expect, it } from 'vitest';
import { serverCommand } from '../../src/commands/init/command-line.ts';
import { readDockerfile } from '../../src/commands/init/dockerfile.ts';
import { resolveVariables } from '../../src/commands/init/serverless-variables.ts';
import { findPort, findRoute, nodeExports, pythonExports } from '../../src/commands/init/source-text.ts';

/** `$<x>` stands for a dollar with `x` in braces, which linters take for a mistake in a plain string. */
const braced = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll('$<', '${')
      .replaceAll(/(?<=\$\{[^>]*)>/g, '}'),
  );

it.each<[string, { command: string | null; port: number | null; needsNetwork: boolean }]>([
  ['FROM a\nEXPOSE 3000/tcp 4000\nCMD ["node", "x"]', { command: '["node", "x"]', port: 3000, needsNetwork: false }],
  [
    'FROM a\nARG P=81\nENV PORT $P\nENV A=1 \\\n  PORT=82\nEXPOSE $<PORT>',
    { command: null, port: 82, needsNetwork: false },
  ],
  [
    'FROM a\n# EXPOSE 1\nRUN pip install x\nCMD gunicorn --bind 0.0.0.0:5000 app',
    { command: 'gunicorn --bind 0.0.0.0:5000 app', port: 5000, needsNetwork: true },
  ],
  ['FROM a AS one\nEXPOSE 1\nCMD x\nFROM b\nCMD y', { command: 'y', port: null, needsNetwork: false }],
  ['FROM a AS one\nEXPOSE 9\nCMD x\nFROM One AS two\nCMD y', { command: 'y', port: 9, needsNetwork: false }],
  [
    'FROM a\nRUN <<EOF\nEXPOSE 1\nEOF\nENTRYPOINT ["e"]\nCMD ["--port", "70"]',
    { command: '["e"] ["--port", "70"]', port: 70, needsNetwork: false },
  ],
  ['# escape=`\r\nFROM a\r\nENV X=1 `\r\n  PORT=99\r\nCMD x', { command: 'x', port: 99, needsNetwork: false }],
  ['FROM a\nEXPOSE 70000', { command: null, port: null, needsNetwork: false }],
])('the Dockerfile %j has %j', (text, expected) => {
  expect(readDockerfile(braced(text))).toEqual(expected);
});

it.each<[string, 'node' | 'python', string[] | null, Record<string, string>]>([
  ['node --enable-source-maps "my server.js"', 'node', ['node', '--enable-source-maps', 'my server.js'], {}],
  [
    'NODE_ENV=production fastify start -p $PORT',
    'node',
    ['node_modules/.bin/fastify', 'start', '-p', '8080'],
    { NODE_ENV: 'production' },
  ],
  ['exec gunicorn -b :$<PORT:-5000> app:app', 'python', ['python3', '-m', 'gunicorn', '-b', ':8080', 'app:app'], {}],
  ['python -m parliament .', 'python', ['python3', '-m', 'parliament', '.'], {}],
  ['npx serve', 'node', ['node_modules/.bin/serve'], {}],
  ['tsc && node x.js', 'node', null, {}],
  ['node x.js > log', 'node', null, {}],
  ['node $HOME/x.js', 'node', null, {}],
  ['A=1', 'node', null, {}],
])('the command line %j of %s is %j', (line, language, words, env) => {
  expect(serverCommand(braced(line), language, 8080)).toEqual(words && { words, env });
});

const DOCUMENT = { custom: { a: 'x-$<self:custom.b>', b: '$<opt:b, "y">', loop: '$<self:custom.loop>' } };

it.each<[unknown, unknown]>([
  ['$<self:custom.a>', 'x-y'],
  ['t-$<opt:stage, self:provider.stage>', 't-dev'],
  ["$<opt:stage, 'qa'>", 'qa'],
  ['$<self:custom.none, self:custom.b>', 'y'],
  ['$<ssm:/secret>', '$<ssm:/secret>'],
  ['$<env:TOKEN, "x">', '$<env:TOKEN, "x">'],
  ['$<self:custom.none>', '$<self:custom.none>'],
  ['a-$<cf:stack.Name>-$<self:custom.b>', 'a-$<cf:stack.Name>-y'],
  [12, 12],
])('the variable %j of Serverless Framework is %j', (value, expected) => {
  expect(resolveVariables(braced(DOCUMENT), braced(value))).toEqual(braced(expected));
});

it('a variable that names itself ends', () => {
  expect(resolveVariables(braced(DOCUMENT), braced('$<self:custom.loop>'))).toBe(braced('$<self:custom.loop>'));
});

it.each<[string, string[], boolean]>([
  ['export const a = 1, b = 2;\nexport async function c() {}\nexport { d, e as f };', ['a', 'c', 'd', 'f'], false],
  ['module.exports = { handler, other: x };', ['handler', 'other'], false],
  ['exports.a = exports.b = () => 1;', ['a', 'b'], false],
  ['module.exports.a = 1;\nmodule.exports = async (x) => x;', ['a', 'default'], false],
  ['export * from "./x.js";', [], true],
  ['module.exports = require("./lib");', [], true],
  ['const url = "https://x"; export default 1; // export const no = 1', ['default'], false],
])('Node exports of %j are %j', (text, names, isOpen) => {
  const found = nodeExports(text);
  expect({ names: [...found.names].sort(), isOpen: found.isOpen }).toEqual({ names: names.sort(), isOpen });
});

it('Python names are those of the module itself', () => {
  const text =
    'from .a import (b as handler,\n  c)\nimport os\nasync def d(): pass\nclass E:\n    def inner(self): pass\nf = 1\n';
  expect([...pythonExports(text).names].sort()).toEqual(['E', 'c', 'd', 'f', 'handler']);
});

it.each<[string, { method: string; path: string } | null]>([
  ["app.get('/health', x); app.post('/jobs', y); app.get('/', z);", { method: 'GET', path: '/' }],
  ["app.get('/items/:id', x); app.post('/items', y);", { method: 'POST', path: '/items' }],
  ['@app.route("/a/<int:b>")\n@app.route("/c", methods=["PUT"])', { method: 'PUT', path: '/c' }],
  ['mux.HandleFunc("POST /x", h)', { method: 'POST', path: '/x' }],
  ['Router::new().route("/hello", get(hello))', { method: 'GET', path: '/hello' }],
  ['// app.get("/old")', null],
  ["if (req.url === '/x') a();", { method: 'GET', path: '/x' }],
  ["if (req.url === '/health') a();", { method: 'GET', path: '/health' }],
  [
    "if (url.pathname === '/healthz') return a();\nif (request.method === 'POST' && url.pathname === '/jobs') b();",
    { method: 'POST', path: '/jobs' },
  ],
  ["if ('/a' === pathname && 'PUT' === req.method) b();", { method: 'PUT', path: '/a' }],
  ["if (req.url !== '/only') return notFound();", { method: 'GET', path: '/only' }],
  ["if (req.url.startsWith('/api/')) a();", { method: 'GET', path: '/api/' }],
  ["if (req.url?.startsWith('/api')) a();\nif (req.url === '/') b();", { method: 'GET', path: '/' }],
  ["switch (new URL(req.url, 'http://x').pathname) {\n  case '/a':", { method: 'GET', path: '/a' }],
  ["switch (kind) { case '/a': }", null],
  ["const routes = { 'POST /sum': sum };", { method: 'POST', path: '/sum' }],
  ["if (location.pathname === '/page') a();", null],
  [
    "app.get('/users', u);\napp.use((req, _, next) => (req.path === '/' ? a() : next()));",
    { method: 'GET', path: '/users' },
  ],
  ['def do_POST(self):\n    if self.path == "/sum":', { method: 'POST', path: '/sum' }],
  ['if r.URL.Path != "/go" {', { method: 'GET', path: '/go' }],
])('of the routes %j it takes %j', (text, expected) => {
  expect(findRoute(text)).toEqual(expected);
});

it.each<[string, number | null]>([
  ['const port = process.env.PORT || 3000;', 3000],
  ['app.listen(4000)', 4000],
  ['http.ListenAndServe(":80", nil)', 80],
  ['app.run(host="0.0.0.0", port=8000)', 8000],
  ['nothing', null],
])('of %j it takes the port %j', (text, expected) => {
  expect(findPort(text)).toBe(expected);
});
