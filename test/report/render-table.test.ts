import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/report/render-table.ts';
import { fixture } from './fixture.ts';

const table = (name: string): string[] => {
  const { verdict, samples } = fixture(name);
  return renderTable(verdict, samples).trimEnd().split('\n');
};

describe('renderTable', () => {
  it('is plain text with aligned columns, and ends with the verdict', () => {
    const lines = table('pass');
    expect(lines.slice(2, 5)).toEqual([
      '| thumbnail | native    |                 = 1.01 ms |      – |                    = 50.5 ms |                      = 30.0 MiB | control |',
      '| thumbnail | runc      | +1.30% (+0.40% to +2.20%) |    +5% | +70.0 ms of +150 ms = 121 ms |              ~+3.33% = 31.0 MiB | ✅ pass |',
      '| thumbnail | gvisor    | +8.00% (+6.00% to +10.0%) |   +15% |              ~4.60× = 233 ms | +22.0 MiB of +40 MiB = 52.0 MiB | ✅ pass |',
    ]);
    expect(lines.at(-1)).toBe('api: pass');
  });

  it('marks emulated rows and gives reasons', () => {
    expect(table('emulated').find((line) => line.includes('qemu'))).toContain('| qemu-microvm emulated |');
    expect(table('not-measured').find((line) => line.includes('gvisor'))).toContain(
      '🚫 not measured: runsc is not installed',
    );
  });

  it('lets no terminal sequence through', () => {
    expect(table('hostile').join('\n')).not.toMatch(/[^\P{C}\n]/u);
  });
});
