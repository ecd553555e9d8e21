import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/check-layers.mjs');
let source: string;

beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'isogate-layers-'));
});
afterEach(() => rmSync(source, { recursive: true }));

function check(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, source], { encoding: 'utf8' });
  return { status, summary: stdout.trim(), problems: stderr.trim() };
}

/** A small tree that is in order. */
const GOOD = {
  'model/run.ts': 'export interface Run { id: string }',
  'lib/text.ts': "import type { Run } from '../model/run.ts';\nexport const name = (run: Run) => run.id;",
  'stats/mean.ts': 'export const mean = (values: number[]) => values[0];',
  'gate/gate.ts': "export { name } from '../lib/text.ts';\nexport const load = () => import('../stats/mean.ts');",
  'cli.ts': "import './gate/gate.ts';",
};

it('passes where folders import only what is above them, and counts the files at the root', () => {
  expect(check(GOOD)).toEqual({
    status: 0,
    summary: '5 files, 1 of them at the root, 4 pairs of folders, 0 problems',
    problems: '',
  });
});

it.each([
  ['a value', "import '../gate/gate.ts';"],
  ['a type', "import type { Gate } from '../gate/gate.ts';"],
  ['a type within an expression', "export type Gate = import('../gate/gate.ts').Gate;"],
  ['something that it exports again', "export * from '../gate/gate.ts';"],
  ['a module when it is needed', "export const load = () => import('../gate/gate.ts');"],
])('fails on an upward import: %s', (_, text) => {
  const { status, problems } = check({ ...GOOD, 'stats/mean.ts': text, 'gate/gate.ts': 'export {};' });
  expect({ status, problems }).toEqual({
    status: 1,
    problems: 'src/stats/mean.ts imports src/gate/gate.ts: gate is not above stats',
  });
});

it('fails on an import between peers', () => {
  const { status, problems } = check({ 'report/a.ts': 'export {};', 'export/b.ts': "import '../report/a.ts';" });
  expect(status).toBe(1);
  expect(problems).toContain('src/export/b.ts imports src/report/a.ts');
});

it('fails on a folder that has no place in the list', () => {
  const { status, problems } = check({ ...GOOD, 'utils/misc.ts': 'export {};' });
  expect(status).toBe(1);
  expect(problems).toContain('src/utils/misc.ts: the folder utils has no place');
});

it('fails on files of one folder that import each other in a circle, even for types alone', () => {
  const { status, problems } = check({
    ...GOOD,
    'lib/one.ts': "import type { Two } from './two.ts';\nexport interface One { two: Two }",
    'lib/two.ts': "import type { One } from './one.ts';\nexport interface Two { one: One }",
  });
  expect({ status, problems }).toEqual({
    status: 1,
    problems: 'circle: src/lib/one.ts → src/lib/two.ts → src/lib/one.ts',
  });
});
