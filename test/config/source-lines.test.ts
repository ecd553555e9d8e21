import { describe, expect, it } from 'vitest';
import { readGateName } from '../../src/config/gate-name.ts';
import { findHandlerLine, indexLimitLines } from '../../src/config/source-lines.ts';

const CONFIG = `name: api
functions:
  f: { handler: f.mjs#handler, budgets: { gvisor: { latency: +40% } } }
  g: { handler: g.mjs#handler }
budgets:
  gvisor:
    latency: +15%
    memory: +40MiB
regression:
  latency: +5%
`;

describe('indexLimitLines', () => {
  it.each([
    ['a function’s own budget', { function: 'f', metric: 'latency', kind: 'budget' }, 3],
    ['the common one', { function: 'g', metric: 'latency', kind: 'budget' }, 7],
    ['a metric that its own does not have', { function: 'f', metric: 'memory', kind: 'budget' }, 8],
    ['a regression limit', { function: 'f', metric: 'latency', kind: 'regression' }, 10],
    ['drift, by the same limit', { function: 'f', metric: 'latency', kind: 'drift' }, 10],
    ['one that is not there', { function: 'f', metric: 'cpu', kind: 'budget' }, null],
  ] as const)('%s', (_name, comparison, line) => {
    expect(indexLimitLines(CONFIG)({ isolation: 'gvisor', ...comparison })).toBe(line);
  });

  it('knows none in what is no YAML', () => {
    const comparison = { function: 'f', isolation: 'gvisor', metric: 'latency', kind: 'budget' } as const;
    expect(indexLimitLines('a: [')(comparison)).toBe(null);
  });
});

describe('findHandlerLine', () => {
  it.each([
    ['node', "import x from 'x';\nexport const handler = () => {};\n", 2],
    ['node', '// handler\nexport async function handler(event) {}\n', 2],
    ['node', 'const a = 1;\n\nexports.handler = a;\n', 3],
    ['node', 'const x = 1;\nexport { x as y, handler };\n', 2],
    ['node', 'const handlers = 1;\nfunction handler() {}\n', 2],
    ['node', 'nothing of the kind\n', 1],
    ['python', 'import os\n\ndef handler(event):\n    pass\n', 3],
    ['python', 'async def other(): pass\nasync def handler(event): pass\n', 2],
    ['python', 'x = 1\nhandler = x\n', 2],
  ] as const)('%s %j', (runtime, source, line) => {
    expect(findHandlerLine(source, runtime, 'handler')).toBe(line);
  });

  it('takes a name for what it is', () => {
    expect(findHandlerLine('var a;\nexport const $do = 1;\n', 'node', '$do')).toBe(2);
  });
});

it.each([
  ['name: web\n', 'isogate.yml', 'web'],
  ['name: web/api\n', 'isogate.yml', 'web/api'],
  ['functions: {}\n', 'isogate.yml', 'isogate'],
  ['name: "not / one"\n', 'isogate.yml', 'isogate'],
  ['name: [', 'isogate.yml', 'isogate'],
  [null, 'isogate.yml', 'isogate'],
  [null, 'packages/a/isogate.yml', 'packages/a'],
  [null, 'packages/a/cold.yml', 'packages/a/cold'],
  ['functions: {}\n', '.isogate/web.yaml', 'isogate/web'],
  [null, 'päckages/b b/isogate.yml', 'p-ckages/b-b'],
  [null, `${'a/'.repeat(80)}isogate.yml`, `${'a/'.repeat(45)}a-55cb8471`],
])('the gate of %j in %s is %s', (text, file, name) => {
  expect(readGateName(text, file)).toBe(name);
});
