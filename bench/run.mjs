// Bundles bench/NAME.ts outside of the repository, as Node 20 runs no TypeScript, and runs it in a process of its own:
// a bundler's threads and memory are no part of what is measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
// `npm run bench:accuracy -- live` is the accuracy bench's live part.
const [name, ...args] = words[0] === 'accuracy' && words[1] === 'live' ? words.slice(1) : words;
const dir = mkdtempSync(join(tmpdir(), 'isogate-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));

await build({
  input: join(root, `bench/${name}.ts`),
  cwd: root,
  platform: 'node',
  transform: { target: 'node20' },
  logLevel: 'warn',
  output: { file: join(dir, 'bench.mjs'), format: 'esm', codeSplitting: false },
});
const child = spawn(process.execPath, [join(dir, 'bench.mjs'), root, ...args], { stdio: 'inherit' });
// The bench cleans up and ends by itself; this process only outlives it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 3;
});
