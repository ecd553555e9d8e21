import { describe, expect, it } from 'vitest';
import { converse, nodeArgs, pythonArgs } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const files = {
  'app.mjs': 'export const handler = (event) => event;',
  'app.py': 'def handler(event):\n    return event',
};
const nested = (levels: number) => `{"id":1,"event":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"repeat":1}\n`;

describe.each([
  ['node', nodeArgs('app.mjs')],
  ['python', pythonArgs('app.py')],
])('a malformed request ends the %s runtime with exit code 2', (_, args) => {
  it.each([
    ['nonsense\n', /^isogate runtime: the request is no JSON: .+\n$/],
    ['\n', /^isogate runtime: the request is no JSON: .+\n$/],
    ['[1]\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['null\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"event":1}\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"id":"1"}\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"id":-1}\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"id":1.5}\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"id":9007199254740992}\n', /^isogate runtime: the request has no id, a whole number from 0\n$/],
    ['{"id":1,"repeat":-1}\n', /^isogate runtime: repeat is no whole number from 0 to 1000000\n$/],
    ['{"id":1,"repeat":1000001}\n', /^isogate runtime: repeat is no whole number from 0 to 1000000\n$/],
    ['{"id":1,"repeat":null}\n', /^isogate runtime: repeat is no whole number from 0 to 1000000\n$/],
    [nested(129), /^isogate runtime: the request is nested over 128 levels\n$/],
    [nested(100_000), /^isogate runtime: the request is nested over 128 levels\n$/],
    [`{"id":1,"event":"${'x'.repeat(32 * 2 ** 20)}"}\n`, /^isogate runtime: the request is over 32 MiB\n$/],
    ['{"id":1', /^isogate runtime: the channel ended in the middle of a line\n$/],
  ])('%.60s', async (request, stderr) => {
    const end = await converse(args, tempDir(files), [request]);
    expect(end.messages).toHaveLength(1);
    expect(end).toMatchObject({ code: 2, stderr: expect.stringMatching(stderr) });
  });
});

it.each([
  ['node', nodeArgs('app.mjs')],
  ['python', pythonArgs('app.py')],
])('the %s runtime takes the deepest request allowed, and brackets inside text', async (_, args) => {
  const event = `${'["{'.repeat(400)}\\"`;
  const end = await converse(args, tempDir(files), [nested(128), { id: 2, event, repeat: 1 }]);
  expect(end.messages.slice(1)).toMatchObject([
    { id: 1, ok: true },
    { id: 2, ok: true, result: event },
  ]);
  expect(end.code).toBe(0);
});
