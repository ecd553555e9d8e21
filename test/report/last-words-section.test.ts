import { expect, it } from 'vitest';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { fitComment } from '../../src/report/comment.ts';
import type { ReportInput } from '../../src/report/document.ts';
import { renderForTerminal, renderHtml, renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

/** A report of instances that failed; isolation and standard error of each. */
function failed(...instances: [isolation: string, stderr: string, error?: string][]): ReportInput {
  const input = fixture('pass');
  const records = instances.map(
    ([isolation, stderr, error = 'ServerExited: the server exited with code 1'], i): InstanceRecord => ({
      type: 'instance',
      block: i,
      position: 0,
      function: 'shop',
      revision: 'head',
      isolation,
      arm: 'treatment',
      status: 'handler-error',
      phase: 'start',
      error,
      phases_ms: { created: null, booted: null, ready: null, first_response: null },
      metrics: {},
      repeat: 1,
      warmup_ms: [],
      latency_ms: [],
      stderr,
    }),
  );
  return { ...input, samples: { ...input.samples, instances: records } };
}

const sectionOf = (report: string): string =>
  /<summary>The end of their standard error<\/summary>\n\n([\s\S]*?)\n\n<\/details>/.exec(report)?.[1] ?? '';

const TRACEBACK = `Traceback (most recent call last):
  File "/function/app.py", line 3, in <module>
    RATES = os.environ["CURRENCY"]
KeyError: 'CURRENCY'`;

it('shows each text once, with its indentation', () => {
  expect(sectionOf(renderReport(failed(['runc', TRACEBACK], ['gvisor', TRACEBACK], ['runc', TRACEBACK])))).toBe(
    `\`shop\` under \`runc\`, \`shop\` under \`gvisor\`

\`\`\`text
Traceback (most recent call last):
  File "/function/app.py", line 3, in <module>
    RATES = os.environ["CURRENCY"]
KeyError: 'CURRENCY'
\`\`\``,
  );
});

it('shows that of the most frequent failure', () => {
  const input = failed(['runc', 'rare', 'one'], ['runc', 'often', 'other'], ['runc', 'often', 'other']);
  expect(sectionOf(renderReport(input))).toBe('`shop` under `runc`\n\n```text\noften\n```');
});

it('shows at most twenty lines and two thousand characters', () => {
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);
  expect(sectionOf(renderReport(failed(['runc', lines.join('\n')])))).toBe(
    `\`shop\` under \`runc\`\n\n\`\`\`text\n…\n${lines.slice(10).join('\n')}\n\`\`\``,
  );
  expect(sectionOf(renderReport(failed(['runc', 'x'.repeat(3000)])))).toBe(
    `\`shop\` under \`runc\`\n\n\`\`\`text\n…\n${'x'.repeat(2000)}\n\`\`\``,
  );
});

it('has no such section where nothing was printed', () => {
  expect(renderReport(failed(['runc', '  \n']))).not.toContain('standard error');
});

it('stands unfolded in a terminal, after the list of what failed', () => {
  const look = { width: 80, proseWidth: 80, hasColor: false };
  const text = renderForTerminal(failed(['runc', TRACEBACK]), look);
  expect(text).toContain('The end of their standard error\n\nshop under runc\n\n    Traceback');
  expect(text).not.toContain('How to reproduce this locally');
});

const HOSTILE = '```\n</details>\n<script>alert(1)</script>\n@everyone\n<details>\n\u001b[31mred';

it('lets nothing that was printed end its block', () => {
  expect(sectionOf(renderReport(failed(['runc', HOSTILE])))).toBe(
    '`shop` under `runc`\n\n````text\n```\n </details>\n<script>alert(1)</script>\n@everyone\n <details>\nred\n````',
  );
  expect(renderHtml(failed(['runc', HOSTILE]))).toContain(
    '<pre>```\n&lt;/details&gt;\n&lt;script&gt;alert(1)&lt;/script&gt;\n@everyone\n&lt;details&gt;\nred</pre>',
  );
});

it('is left out as a whole of a comment that is too long', () => {
  const report = renderReport(failed(['runc', HOSTILE]));
  expect(fitComment(report, report.indexOf('<summary>The end of their standard error') + 200)).not.toContain(
    'everyone',
  );
});
