import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { collectLicenses } from './scripts/collect-licenses.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export default defineConfig({
  input: { index: 'src/index.ts', post: 'src/post.ts', cli: 'src/cli.ts' },
  platform: 'node',
  transform: {
    // lowers `await using`, which Node 20 does not parse
    target: 'node20',
    define: { __ISOGATE_VERSION__: JSON.stringify(version) },
  },
  output: {
    format: 'esm',
    minify: true,
    // the licences of everything bundled are in licenses.txt
    comments: { legal: false, annotation: false, jsdoc: false },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  },
  plugins: [collectLicenses('licenses.txt')],
});
