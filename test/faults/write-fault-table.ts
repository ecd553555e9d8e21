import { writeFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import type { IsolationType } from '../../src/types.ts';
import type { Fault } from './faults.ts';

export interface FaultTable {
  types: readonly IsolationType[];
  faults: readonly { fault: Fault; applies: (type: IsolationType) => boolean }[];
  /** By `FAULT TYPE`. */
  results: ReadonlyMap<string, string>;
}

/** docs/faults.md: what was left after each fault under each isolation. */
export function writeFaultTable(path: string, { types, faults, results }: FaultTable): void {
  const rows = faults.map(({ fault, applies }) => [
    fault,
    ...types.map((type) => (applies(type) ? (results.get(`${fault} ${type}`) ?? 'not run') : '–')),
  ]);
  const text = [
    '# Faults',
    '',
    'Written by `npm run test:full`. After each fault `isogate clean` (or the instance’s own end) has left nothing: no process,',
    'mount, cgroup, container, image of ours, loop or network device, namespace, socket or temporary file. "–": does not apply.',
    '',
    markdownTable([['fault', ...types], ...rows]),
    '',
  ];
  writeFileSync(path, text.join('\n'));
}
