import { expect, it } from 'vitest';
import type { ReportInput } from '../../src/report/document.ts';
import { renderReport } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const MIB = 2 ** 20;

/** The head's instances with a peak that was read in this way. */
function withPeaks(source: string): ReportInput {
  const { verdict, samples } = fixture('fail');
  const instances = samples.instances.map((one) => ({
    ...one,
    metrics: { ...one.metrics, memory_peak_bytes: one.isolation === 'native' ? 40 * MIB : 50 * MIB },
    evidence: { guest: {}, contradictions: [], host: { memory_peak: source } },
  }));
  return { verdict, samples: { ...samples, instances } };
}

const cells = (input: ReportInput, start: string): string[] =>
  (
    renderReport(input)
      .split('\n')
      .find((line) => line.startsWith(start)) ?? ''
  )
    .split('|')
    .map((cell) => cell.trim());

it('stands beside memory', () => {
  const input = withPeaks('kernel');
  const head = cells(input, '| Function |');
  const column = head.indexOf('Peak memory');
  expect(head[column - 1]).toBe('Memory');
  expect(cells(input, '| `thumbnail` | `native`')[column]).toBe('= 40.0 MiB');
  expect(cells(input, '| `thumbnail` | `gvisor`')[column]).toBe('\\~+25.0% = 50.0 MiB');
});

it('says that it was sampled', () => {
  const input = withPeaks('sampled every 5 ms');
  const column = cells(input, '| Function |').indexOf('Peak memory');
  expect(cells(input, '| `thumbnail` | `native`')[column]).toBe('= 40.0 MiB (sampled every 5 ms)');
});

it('has no column where no instance has one', () => {
  expect(cells(fixture('fail'), '| Function |')).not.toContain('Peak memory');
});
