import { expect, it, test } from 'vitest';
import { describeConfigDifferences } from '../../src/config/config-differences.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { Config } from '../../src/model/config.ts';
import { BadInputError } from '../../src/model/errors.ts';

const parse = (env: unknown): Config =>
  parseConfig(
    { functions: { f: { command: ['./f'], env } }, isolations: { native: {} } },
    { source: 'isogate.yml', paths: null },
  );

test('literal values and names of the runner’s', () => {
  const config = parse({ STAGE: 'prod', EMPTY: '', from_runner: ['API_KEY', 'TOKEN_2'] });
  expect(config.functions[0]).toMatchObject({
    env: { literal: { STAGE: 'prod', EMPTY: '' }, fromRunner: ['API_KEY', 'TOKEN_2'], taken: {} },
    problem: null,
  });
});

test('the document has digests in place of values, also when it is parsed again', () => {
  const { document } = parse({ STAGE: 'prod', from_runner: ['API_KEY'] });
  const functions = { f: expect.objectContaining({ env: { STAGE: 'sha256:4120bf0e89c3', from_runner: ['API_KEY'] } }) };
  expect(document).toMatchObject({ functions });
  expect(parseConfig(document, { source: 'header', paths: null }).document).toEqual(document);
  expect(JSON.stringify(document)).not.toContain('prod');
});

it.each([
  ['PATH', '; accepted: any but PATH, HOME, '],
  ['PORT', '; http.port sets it for a server; accepted: any other name'],
  ['LD_PRELOAD', '; accepted: names that do not begin with LD_'],
  ['ISOGATE_CHANNEL', '; accepted: names that do not begin with ISOGATE_'],
  ['NODE_OPTIONS', '; accepted: any but PATH, '],
  ['2FAST', '; accepted: up to 128 letters, digits and underscores, no digit first'],
  ['A-B', '; accepted: up to 128 letters, digits and underscores, no digit first'],
])('%s ends the function only', (name, end) => {
  expect(parse({ [name]: 'x' }).functions[0]?.problem).toContain(
    `isogate.yml: functions.f.env.${name}: "${name}": environment name that is not allowed${end}`,
  );
});

it.each(['GITHUB_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'RUNNER_TEMP', 'INPUT_NAME', 'LD_PRELOAD', 'PATH'])(
  '%s cannot be copied from the runner',
  (name) => {
    expect(parse({ from_runner: ['API_KEY', name] }).functions[0]?.problem).toContain(
      `isogate.yml: functions.f.env.from_runner[1]: "${name}": environment name that is not allowed; accepted: `,
    );
  },
);

it.each([
  [{ A: 'x', from_runner: ['A'] }, 'from_runner[0]: "A": is there twice; remove one'],
  [{ from_runner: ['A', 'A'] }, 'from_runner[1]: "A": is there twice; remove one'],
  [{ A: 'a\0b' }, 'A: has a NUL character; accepted: a text without one'],
])('%j is refused', (env, message) => {
  expect(parse(env).functions[0]?.problem).toBe(`isogate.yml: functions.f.env.${message}`);
});

test('too much of it is refused', () => {
  const message = 'isogate.yml: functions.f.env: too large; accepted: 100 variables of together 32 KiB';
  expect(parse({ A: 'x'.repeat(20_000), B: 'x'.repeat(20_000) }).functions[0]?.problem).toBe(message);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`V${index}`, 'x']));
  expect(parse(many).functions[0]?.problem).toBe(message);
});

it.each([
  [{ A: 1 }, 'env.A: must be a text of at most 32 KiB; numbers, true and false need quotes'],
  [{ A: ['secret'] }, 'env.A: must be a text of at most 32 KiB; numbers, true and false need quotes'],
  [['A'], 'env: ["A"]: must be a mapping, not a list'],
  [{ constructor: 'x' }, 'env.constructor: a reserved word; choose another name'],
  [
    { from_runner: 'API_KEY' },
    'env.from_runner: "API_KEY": not accepted; accepted: a list of names, such as [API_KEY]',
  ],
])('%j is no environment, and the value is not shown', (env, message) => {
  expect(() => parse(env)).toThrow(new BadInputError(`isogate.yml: functions.f.${message}`));
});

test('a changed value is a difference, and neither value is shown', () => {
  const text = (stage: string): string => `functions: { f: { env: { STAGE: ${stage}, from_runner: [A] } } }\n`;
  expect(describeConfigDifferences(text('prod'), text('test'))).toEqual([
    'functions.f.env.STAGE: sha256:4120bf0e89c3 → sha256:4d967a30111b',
  ]);
  expect(describeConfigDifferences(text('prod'), text('prod').replace('[A]', '[A, B]'))).toEqual([
    'functions.f.env.from_runner: ["A"] → ["A","B"]',
  ]);
});
