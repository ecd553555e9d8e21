import { expect, test } from 'vitest';
import { realFlows } from '../../src/commands/context.ts';
import { BadInputError, NotMeasurableError } from '../../src/model/errors.ts';
import { isogate } from './world.ts';

test.each([
  [[], 'isogate: a command is missing; see isogate --help'],
  [['baseline'], 'isogate: a command is missing; see isogate baseline --help'],
  [['gat'], "isogate: unknown command 'gat' (Did you mean gate?)"],
  [['gate', '--sed', '3'], "isogate: unknown option '--sed' (Did you mean --seed?)"],
  [['gate', 'extra'], "isogate: too many arguments for 'gate'. Expected 0 arguments but got 1."],
  [['gate', '--seed', '-1'], 'isogate: --seed: "-1": not accepted; accepted: a whole number from 0 to 2147483647'],
  [['gate', '--seed', '1e3'], 'isogate: --seed: "1e3": not accepted; accepted: a whole number from 0 to 2147483647'],
  [
    ['gate', '--seed', '2147483648'],
    'isogate: --seed: "2147483648": not accepted; accepted: a whole number from 0 to 2147483647',
  ],
  [
    ['gate', '--time', '120'],
    'isogate: --time: "120": not a duration; accepted: a number with ms, s, m or h, such as 120s',
  ],
  [
    ['gate', '--time-budget', '0s'],
    'isogate: --time-budget: "0s": not accepted; accepted: a duration above zero, such as 120s',
  ],
  [['gate', '--config'], "isogate: option '--config <file>' argument missing"],
  [['replay'], "isogate: missing required argument 'file'"],
  [['baseline', 'accept', 'x.jsonl'], "isogate: required option '--reason <text>' not specified"],
  [
    ['baseline', 'pin', '--reason', ' ', '--by', 'm', '--store', '/nonexistent/x'],
    'isogate: --reason: empty; accepted: why, for those who read it later',
  ],
  [
    ['export', 'x.jsonl', '--format', 'xml'],
    "isogate: option '--format <format>' argument 'xml' is invalid. Allowed choices are bmf, github-action-benchmark, openmetrics, csv.",
  ],
  [
    ['import', 'hyperfine', '--control', 'a.json', '--treatment', 'runc=b.json'],
    'isogate: --control a.json: accepted: ISOLATION=FILE, such as runc=runc.json',
  ],
  [
    ['baseline', 'record', 'x.jsonl', '--store', 'y', '--commit', 'main'],
    'isogate: --commit: "main": not accepted; accepted: a full commit hash of 40 or 64 hexadecimal digits',
  ],
  [
    ['gate', '--config', '/nonexistent/isogate.yml'],
    'isogate: /nonexistent/isogate.yml: no such file; give the config with --config, or write one with isogate init',
  ],
])('%j ends with 4 and one line', async (argv, line) => {
  expect(await isogate(argv)).toEqual({ code: 4, out: '', log: [line] });
});

test.each([[['--help']], [['help']], [['help', 'gate']], [['gate', '--help']], [['baseline', 'record', '-h']]])(
  '%j prints help as a result',
  async (argv) => {
    const { code, out, log } = await isogate(argv);
    expect({ code, log }).toEqual({ code: 0, log: [] });
    expect(out).toMatch(/^Usage: isogate/);
  },
);

test('help names every command and exit code', async () => {
  const { out } = await isogate(['--help']);
  for (const name of ['init', 'probe', 'gate', 'replay', 'baseline', 'clean'])
    expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(out).toContain('4 bad config or input; 5 internal error');
});

test.each([
  [new BadInputError('x.yml:3: a\nb'), 4, ['isogate: x.yml:3: a b']],
  [new NotMeasurableError('no free user id'), 3, ['isogate: no free user id']],
  [new Error('boom\n  at once'), 5, ['isogate: internal error: boom at once; set ISOGATE_DEBUG=1 for the stack']],
  ['text', 5, ['isogate: internal error: text; set ISOGATE_DEBUG=1 for the stack']],
])('what a flow throws becomes a line and a code: %s', async (thrown, code, log) => {
  const flows = { ...realFlows, clean: () => Promise.reject(thrown) };
  expect(await isogate(['clean'], { flows })).toEqual({ code, out: '', log });
});

test('ISOGATE_DEBUG adds the stack', async () => {
  const error = new Error('boom');
  const flows = { ...realFlows, clean: () => Promise.reject(error) };
  const { log } = await isogate(['clean'], { flows, env: { ISOGATE_DEBUG: '1' } });
  expect(log.slice(1).join('\n')).toBe(error.stack);
});
