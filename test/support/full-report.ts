import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { markdownTable } from 'markdown-table';
import type { TestModule } from 'vitest/node';
import { countTests } from './tally.ts';

/** The last result of `npm run test:full`, as committed under docs/. */
export function renderFullReport(modules: readonly TestModule[]): string {
  const sorted = [...modules].sort((a, b) => (a.relativeModuleId < b.relativeModuleId ? -1 : 1));
  const total = countTests(sorted);
  const rows = sorted.map((module) => {
    const { passed, failed, skipped } = countTests([module]);
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    return [module.relativeModuleId, passed, failed, skipped.length, seconds].map(String);
  });
  const summary = `${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`;
  return [
    '# Last full test run',
    '',
    'Written by `npm run test:full`.',
    '',
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Machine: ${describeMachine()}`,
    `- Result: ${summary}`,
    '',
    markdownTable([['file', 'passed', 'failed', 'skipped', 'seconds'], ...rows], {
      align: ['l', 'r', 'r', 'r', 'r'],
    }),
    '',
    ...(total.skipped.length > 0 ? ['Skipped:', ''] : []),
    ...total.skipped.map(({ name, reason }) => `- ${name}: ${reason}`),
    '',
  ].join('\n');
}

function describeMachine(): string {
  const distribution = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() || 'unknown CPU';
  return `${distribution}, Linux ${release()}, ${cpus().length} × ${model}, ${memory} GiB, Node ${process.version}`;
}
