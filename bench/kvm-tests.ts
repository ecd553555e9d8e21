/** The test files of the adapters that need KVM, run as `npm test` runs them, but against the real binaries only. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';

const PARTS_FILE = 'test/isolation/kvm-parts.machine.test.ts';
const FILES = [
  PARTS_FILE,
  'test/isolation/vm/firecracker.machine.test.ts',
  'test/isolation/vm/cloud-hypervisor.machine.test.ts',
];

/** As much of vitest's JSON report as is read here. */
const Report = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      assertionResults: v.array(v.object({ ancestorTitles: v.array(v.string()), status: v.string() })),
    }),
  ),
});

export interface KvmTests {
  passed: number;
  failed: number;
  /** Parts that did not go through all of their own tests: what was skipped proves nothing. */
  unproven: string[];
}

/** The parts' own tests are in kvm-parts.machine.test.ts, each part a `describe`. */
export function summariseTests(report: unknown, exitCode: number | null, parts: string[]): KvmTests {
  const files = v.parse(Report, report).testResults;
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  const ofParts = files.filter(({ name }) => name.endsWith(PARTS_FILE)).flatMap((file) => file.assertionResults);
  const unproven = parts.filter((part) => {
    const own = ofParts.filter((test) => test.ancestorTitles[0] === part);
    return own.length === 0 || own.some((test) => test.status !== 'passed');
  });
  const failed = count('failed');
  // A file or a hook that fails as such is no failed test, and still a failure.
  return { passed: count('passed'), failed: failed === 0 && exitCode !== 0 ? 1 : failed, unproven };
}

export async function runKvmTests(root: string, parts: string[]): Promise<KvmTests> {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-test-kvm-report-'));
  const file = join(directory, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
        ...FILES,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, ISOGATE_KVM: '1', ISOGATE_KVM_PARTS: parts.join(',') } },
    );
    const [code] = await once(child, 'exit');
    return summariseTests(JSON.parse(readFileSync(file, 'utf8')), code, parts);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
