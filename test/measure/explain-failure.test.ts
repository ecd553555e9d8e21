import { expect, it } from 'vitest';
import { explainFailure, findNetworkCode, findStatusCode } from '../../src/measure/explain-failure.ts';
import { InstanceError } from '../../src/model/errors.ts';

const NO_NETWORK =
  'functions have no network: no name is resolved, and neither the outside nor services of this machine are reached; let it use a stand-in of its own';

it.each([
  ['ENOTFOUND', `; ${NO_NETWORK}`],
  ['ECONNREFUSED', `; ${NO_NETWORK}`],
  [
    'MISSING_PROGRAM',
    '; a program that it starts is not in its image: name it in programs, or install it in an image of your own',
  ],
  ['MISSING_VARIABLE', '; it lacks an environment variable: set it in env of the function'],
  [
    'ERR_MODULE_NOT_FOUND',
    '; a module that it imports is not in its image: where it is a dependency, let build install it, such as build: [npm, ci] with build_network: true',
  ],
  ['EROFS', '; only /tmp can be written'],
  ['ENOENT', ''],
  [undefined, ''],
])('an error with the code %s', (code, advice) => {
  const error = new InstanceError('handler-error', 'invoke', 'TypeError: fetch failed', { code });
  expect(explainFailure(error, 'node')).toBe(`TypeError: fetch failed${advice}`);
});

it('a module of Python that is missing', () => {
  const error = new InstanceError('handler-error', 'start', 'No module', { code: 'MISSING_MODULE' });
  expect(explainFailure(error, 'python')).toBe(
    'No module; a module that it imports is not in its image: where it is a dependency, let build install it, such as build: [python3, -m, pip, install, --target, ., -r, requirements.txt] with build_network: true',
  );
});

it.each([
  [
    'invoke',
    'node',
    'if it needs longer, raise measure.timeout; if it never answers, look for a promise or a callback that never comes',
  ],
  ['start', 'python', 'if it needs longer, raise measure.timeout'],
  ['start', 'http', 'let the server listen on the number in PORT, which is http.port, or raise measure.timeout'],
] as const)('a timeout in %s of %s', (phase, runtime, advice) => {
  expect(explainFailure(new InstanceError('timeout', phase, 'too late'), runtime)).toBe(`too late; ${advice}`);
});

it.each([
  ['{"statusCode":500,"body":"getaddrinfo EAI_AGAIN db.example.com"}', 'EAI_AGAIN'],
  ['{"statusCode":502,"body":"connect ECONNREFUSED 127.0.0.1:5432"}', 'ECONNREFUSED'],
  ['{"statusCode":404,"body":"ENOENT: no such file"}', undefined],
  ['{"statusCode":500,"body":"an EXAMPLE"}', undefined],
])('the code in the answer %s', (answer, code) => {
  expect(findNetworkCode(answer)).toBe(code);
});

it.each([
  [{ statusCode: 404 }, 'http', '; nothing answers at this path: correct http.path or http.method'],
  [{ statusCode: 405 }, 'http', '; this path has another method: correct http.method or http.path'],
  [{ statusCode: 404 }, 'node', ''],
  [{ statusCode: 500 }, 'http', ''],
  [null, 'http', ''],
] as const)('the answer %j of %s', (answer, runtime, advice) => {
  const error = new InstanceError('unexpected-answer', 'first-response', 'no', { code: findStatusCode(answer) });
  expect(explainFailure(error, runtime)).toBe(`no${advice}`);
});
