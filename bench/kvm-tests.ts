/** The test files of the adapters that need KVM, run as `npm test` runs them, but against the real binaries only. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';

const FILES = ['kvm-parts', 'firecracker', 'cloud-hypervisor'].map((name) => `test/isolation/${name}.test.ts`);

/** As much of vitest's JSON report as is read here. */
const Report = v.object({ numPassedTests: v.number(), numFailedTests: v.number(), success: v.boolean() });

export async function runKvmTests(root: string, parts: string[]): Promise<{ passed: number; failed: number }> {
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
    const report = v.parse(Report, JSON.parse(readFileSync(file, 'utf8')));
    // A file or a hook that fails as such is no failed test, and still a failure.
    const broken = code !== 0 && report.numFailedTests === 0 ? 1 : 0;
    return { passed: report.numPassedTests, failed: report.numFailedTests + broken };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
