import { defineConfig } from 'vitest/config';
import { countingReporter } from './test/support/reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Instances share cgroups, the host lock and two CPUs: one file at a time keeps results about the code.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', countingReporter()],
  },
});
