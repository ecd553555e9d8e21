#!/usr/bin/env node
// The version is answered before anything is loaded; an exit code set beforehand tells a stalled program from a verdict.

if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  const version = typeof __ISOGATE_VERSION__ === 'undefined' ? '0.0.0-unbundled' : __ISOGATE_VERSION__;
  process.stdout.write(`${version}\n`);
} else {
  process.exitCode = 5;
  const { runProcess } = await import('./commands/main.ts');
  await runProcess(new URL('./guest/', import.meta.url));
}
