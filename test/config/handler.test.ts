import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findHandler } from '../../src/config/handler.ts';
import { writeTree } from '../image/workshop.ts';

const FILES = [
  'index.js',
  'src/handler.mjs',
  'two.js',
  'two.py',
  'app.py',
  'shop/main.py',
  'api.ts',
  'lib.v2.cjs',
  'packages/a/deep.mjs',
  'node_modules/hidden.js',
];
const root = writeTree(
  mkdtempSync(join(tmpdir(), 'isogate-handler-')),
  Object.fromEntries(FILES.map((file) => [file, ''])),
);
afterAll(() => rmSync(root, { recursive: true }));

const find = (text: string): string => {
  let found = '';
  const handler = findHandler(text, root, (path, message) => {
    found = `${path}: ${message}`;
  });
  return handler === null ? found : `${handler.runtime} ${handler.file} ${handler.export}`;
};

it.each([
  ['index.js#handler', 'node index.js handler'],
  ['made-by-a-build.mjs#run', 'node made-by-a-build.mjs run'],
  ['app.py:handler', 'python app.py handler'],
  ['index.handler', 'node index.js handler'],
  ['./index.handler', 'node ./index.js handler'],
  ['src/handler.hello', 'node src/handler.mjs hello'],
  ['app.lambda_handler', 'python app.py lambda_handler'],
  ['shop.main.handler', 'python shop/main.py handler'],
  ['shop/main.handler', 'python shop/main.py handler'],
  ['lib.v2.handler', 'node lib.v2.cjs handler'],
  ['two.handler', 'handler: "two.handler": fits 2 files; did you mean two.js#handler or two.py:handler?'],
  ['index.js:handler', 'handler: "index.js:handler": not a handler; did you mean index.js#handler?'],
  ['index.js.handler', 'handler: "index.js.handler": not a handler; did you mean index.js#handler?'],
  ['app.py#handler', 'handler: "app.py#handler": not a handler; did you mean app.py:handler?'],
  ['app:handler', 'handler: "app:handler": not a handler; did you mean app.py:handler?'],
  ['src/handler#hello', 'handler: "src/handler#hello": not a handler; did you mean src/handler.mjs#hello?'],
  ['index.js', 'handler: "index.js": not a handler; did you mean index.js#handler?'],
  ['app.py', 'handler: "app.py": not a handler; did you mean app.py:handler?'],
  [
    'api.handler',
    'handler: "api.handler": TypeScript is not compiled here; accepted: the JavaScript that it becomes, such as "dist/api.js#handler", with build: for what makes it',
  ],
  [
    'src/api.ts#get',
    'handler: "src/api.ts#get": TypeScript is not compiled here; accepted: the JavaScript that it becomes, such as "dist/src/api.js#get", with build: for what makes it',
  ],
  [
    'api.ts',
    'handler: "api.ts": TypeScript is not compiled here; accepted: the JavaScript that it becomes, such as "dist/api.js#handler", with build: for what makes it',
  ],
  [
    'nothing.handler',
    'handler: "nothing.handler": no nothing.js, nothing.mjs, nothing.cjs or nothing.py in .; accepted: FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler',
  ],
  ['main.handler', 'handler: "main.handler": no main.py in .; did you mean directory: shop?'],
  ['deep.handler', 'handler: "deep.handler": no deep.mjs in .; did you mean directory: packages/a?'],
  [
    'hidden.handler',
    'handler: "hidden.handler": no hidden.js, hidden.mjs, hidden.cjs or hidden.py in .; accepted: FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler',
  ],
])('%s', (text, result) => {
  expect(find(text)).toBe(result);
});
