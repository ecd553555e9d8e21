import { defineConfig } from 'vitest/config';
import { countingReporter } from './test/support/reporter.ts';

/** Instances share cgroups, the host lock and two CPUs: one file at a time keeps results about the code. */
const oneFileAtATime = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // A test belongs into the first of these projects that can hold it; its file's name says which one that is.
    projects: [
      {
        // Needs Node and git, and nothing else: no root, container engine, cgroup, set-up or built dist.
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', '**/*.machine.test.ts'],
          testTimeout: 60_000,
          maxWorkers: '100%',
          // Files share their modules, which halves the time; so a test restores what it changes, such as process.env.
          isolate: false,
          // It imports JSON in a way that bundlers understand, and Node does not.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Needs what scripts/setup-runner installs: root, cgroups, runtimes, container engines, guest kernels.
        test: {
          name: 'machine',
          include: ['test/**/*.machine.test.ts'],
          ...oneFileAtATime,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Starts the committed dist as users do: the command line and the Action, from start to end.
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...oneFileAtATime, sequence: { groupOrder: 2 } },
      },
    ],
    reporters: ['default', countingReporter()],
  },
});
