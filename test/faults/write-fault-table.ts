import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import type { Fault } from './faults.ts';

export interface FaultTable {
  types: readonly IsolationType[];
  faults: readonly { fault: Fault; applies: (type: IsolationType) => boolean }[];
  /** By `FAULT TYPE`. */
  results: ReadonlyMap<string, string>;
}

/** docs/project/faults.md: what was left after each fault under each isolation. What this run left out keeps its last result. */
export function writeFaultTable(path: string, { types, faults, results }: FaultTable): void {
  const before = existsSync(path) ? cellsOf(readFileSync(path, 'utf8')) : new Map<string, string>();
  const cell = (key: string): string => results.get(key) ?? before.get(key) ?? 'not run';
  const rows = faults.map(({ fault, applies }) => [
    fault,
    ...types.map((type) => (applies(type) ? cell(`${fault} ${type}`) : '–')),
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

/** By `FAULT TYPE`, of a table that was written before. */
function cellsOf(text: string): Map<string, string> {
  const [head = [], , ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((word) => word.trim()),
    );
  return new Map(
    rows.flatMap(([fault = '', ...cells]) =>
      cells.map((cell, at): [string, string] => [`${fault} ${head[at + 1]}`, cell]),
    ),
  );
}
