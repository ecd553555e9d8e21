import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { renderFullReport } from './full-report.ts';
import { countTests } from './tally.ts';

/**
 * Ends a run with every skipped test and its reason, and one line of counts that CI systems read. A run in which no test
 * ran fails. With ISOGATE_FULL_REPORT=FILE the result is also written there.
 */
export function countingReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
      const { passed, failed, skipped } = countTests(modules);
      const failures = failed + unhandledErrors.length;
      if (passed + failures === 0) process.exitCode = 1;

      const reportFile = process.env['ISOGATE_FULL_REPORT'];
      if (reportFile !== undefined) writeFileSync(reportFile, renderFullReport(modules));

      // at exit: after the other reporters' summaries, so that the counts are the last line
      process.once('exit', () => {
        if (skipped.length > 0) console.log('skipped:');
        for (const { name, reason } of skipped) console.log(`  ${name}: ${reason}`);
        if (passed + failures === 0) console.log('no test ran');
        console.log(`tests: ${passed} passed, ${failures} failed, ${skipped.length} skipped`);
      });
    },
  };
}
