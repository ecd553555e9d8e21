import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../..');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-reporter-'));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'test'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs vitest with the project's configuration on one test file with this body. */
async function runTests(body: string, env: Record<string, string> = {}) {
  const source = `import { beforeAll, describe, it } from 'vitest';\n${body}`;
  writeFileSync(join(directory, 'test/sample.test.ts'), source);
  const vitest = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', directory, '--config', join(REPOSITORY, 'vitest.config.ts')];
  const { exitCode, stdout } = await execa(process.execPath, args, {
    reject: false,
    env: { NO_COLOR: '1', ISOGATE_FULL_REPORT: undefined, ...env },
  });
  const lines = stdout.trimEnd().split('\n');
  return { exitCode, lines, last: lines.at(-1) };
}

const PASS = "it('passes', () => {});";
const SKIP = "it('waits', (context) => context.skip('no /dev/kvm here'));";

it('ends with the counts, after every skipped test with its reason', async () => {
  const { exitCode, lines, last } = await runTests(`${PASS}${SKIP}it.skip('rests', () => {});`);
  expect(last).toBe('tests: 1 passed, 0 failed, 2 skipped');
  expect(lines).toContain('  test/sample.test.ts > waits: no /dev/kvm here');
  expect(lines).toContain('  test/sample.test.ts > rests: no reason given');
  expect(exitCode).toBe(0);
});

it('counts failed tests, failed hooks and errors outside tests', async () => {
  const { exitCode, last } = await runTests(`${PASS}
    it('throws', () => { throw new Error('one'); });
    describe('suite', () => { beforeAll(() => { throw new Error('two'); }); it('never runs', () => {}); });
    it('leaves a rejection behind', () => { Promise.reject(new Error('three')); });`);
  expect(last).toBe('tests: 2 passed, 3 failed, 1 skipped');
  expect(exitCode).toBe(1);
});

it('fails when a test file cannot be loaded', async () => {
  const { exitCode, last } = await runTests("import './missing.ts';");
  expect(last).toBe('tests: 0 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});

it('fails when no test ran', async () => {
  const { exitCode, lines, last } = await runTests(SKIP);
  expect(last).toBe('tests: 0 passed, 0 failed, 1 skipped');
  expect(lines).toContain('no test ran');
  expect(exitCode).toBe(1);
});

it('writes the full report to the file that the environment names', async () => {
  const file = join(directory, 'full.md');
  await runTests(`${PASS}${SKIP}`, { ISOGATE_FULL_REPORT: file });
  const report = readFileSync(file, 'utf8');
  expect(report).toContain('- Result: 1 passed, 0 failed, 1 skipped');
  expect(report).toMatch(/^\| test\/sample\.test\.ts \| +1 \| +0 \| +1 \| +\d+\.\d \|$/m);
  expect(report).toContain('- test/sample.test.ts > waits: no /dev/kvm here');
});
