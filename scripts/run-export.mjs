// Usage: node scripts/run-export.mjs FILE.ts NAME [ARGUMENT...]
// Calls the function that FILE exports by that name, and prints the text that it returns. Node 20 runs no TypeScript, so
// the file is bundled first, into a directory below this one, from which packages are found.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const [file, name, ...args] = process.argv.slice(2);
const directory = mkdtempSync(join(import.meta.dirname, '../.bundle-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const bundle = join(directory, 'bundle.mjs');
await build({ input: file, platform: 'node', logLevel: 'warn', output: { file: bundle, codeSplitting: false } });
const text = await (await import(bundle))[name](...args);
if (text !== undefined) process.stdout.write(text);
