import type { KnipConfig } from 'knip';

/**
 * `knip` finds what nobody uses. `knip --production` does not count tests as users: it finds what only they use. An
 * exclamation mark says that files belong to that second run too.
 */
const config: KnipConfig = {
  entry: [
    'src/{index,post,cli}.ts!',
    'src/guest/runtime.mjs!',
    'scripts/*.{ts,mjs}!',
    'bench/*.ts!',
    'test/support/{append-records,holds-lock,holds-work,waits-for-signal}.ts',
    'test/faults/harness.ts',
    'test/support/vmm-stand-in/{firecracker,jailer,cloud-hypervisor}.ts',
  ],
  project: ['src/**/*.{ts,mjs}!', 'scripts/*.{ts,mjs}!', 'bench/**/*.ts!', 'test/**/*.ts'],
  // A test may look at a part of a file by itself, as long as the file uses that part too.
  ignoreExportsUsedInFile: process.argv.includes('--production') || { interface: true, type: true },
  ignoreBinaries: ['.*'],
  ignoreDependencies: ['@biomejs/biome', 'github-markdown-css'],
  ignoreUnresolved: ['scripts/build-agent', 'scripts/lint-workflows', 'scripts/selftest-samples'],
};

export default config;
