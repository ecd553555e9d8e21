import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { BadInputError } from '../../src/model/errors.ts';
import { pathsIn } from './workspace-fixture.ts';

const KEYS = [
  ...['name', 'functions', 'f', 'handler', 'command', 'events', 'budgets', 'isolations', 'native', 'runc', 'gvisor'],
  ...[
    'latency',
    'memory',
    'measure',
    'time',
    'regression',
    'control',
    'resources',
    'cpus',
    'fail_on',
    'floor',
    'share',
    '__proto__',
    '',
  ],
];
const VALUES = [
  '+5%',
  '1.1x',
  '+40MiB',
  '5%',
  'a.py:h',
  'native',
  'fail',
  '120s',
  '256MiB',
  '../..',
  '\u202e',
  '/etc/*',
];
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...VALUES),
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
})).value;

const outcome = (run: () => unknown): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
};

const isOneLine = (error: unknown): boolean =>
  error === null || (error instanceof BadInputError && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(error.message));

test.each([null, '/nonexistent'])('any document is a config or one line (root %s)', (root) => {
  fc.assert(
    fc.property(document, (value) =>
      isOneLine(outcome(() => parseConfig(value, { source: 'x.yml', paths: root === null ? null : pathsIn(root) }))),
    ),
    { numRuns: 1000, seed: 1 },
  );
});

test('any text is YAML or one line', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab:-?[]{},&*!|>"\'%@#<~ \t\n\r0123\u0085\u2028'), maxLength: 60 });
  fc.assert(
    fc.property(text, (yaml) => isOneLine(outcome(() => parseYaml(yaml, 'x.yml').lines(['a', 0, 'b'])))),
    { numRuns: 3000, seed: 1 },
  );
});

test('every document that is accepted comes back the same from its effective form', () => {
  const limit = fc.constantFrom('+5%', '1.1x', '+0%');
  const budgets = fc.dictionary(
    fc.constantFrom('runc', 'vm'),
    fc.record({ latency: limit, throughput: limit }, { requiredKeys: [] }),
  );
  const valid = fc.record(
    {
      functions: fc.dictionary(
        fc.stringMatching(/^[a-z][a-z0-9.-]{0,9}$/),
        fc.record({ command: fc.constant(['./f']), budgets }),
      ),
      isolations: fc.constant({ native: null, runc: {}, vm: { type: 'qemu-microvm', kernel: 'k' } }),
      budgets,
      measure: fc.record(
        { invocations: fc.integer({ min: 1, max: 400 }), cache: fc.constantFrom('warm', 'cold') },
        { requiredKeys: [] },
      ),
      fail_on: fc.constantFrom(['fail', 'not-measured'], ['inconclusive', 'fail', 'not-measured']),
    },
    { requiredKeys: ['functions', 'isolations'] },
  );
  fc.assert(
    fc.property(valid, (value) => {
      const config = parseConfig(value, { source: 'x', paths: null });
      expect(parseConfig(JSON.parse(JSON.stringify(config.document)), { source: 'x', paths: null })).toEqual(config);
    }),
    { numRuns: 300, seed: 1 },
  );
});
