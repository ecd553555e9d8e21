/** A client on PATH that changes what it is told, as an alias or an administrator's wrapper would. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../src/host/find-program.ts';

export interface Wrapper {
  remove(): void;
}

/**
 * Of `run`, an option's value is replaced (`--network: host`), or a word added after it (`run: --privileged`). Values of
 * `--security-opt` are told apart by what stands before their `=`.
 */
export function wrapEngine(name: 'docker' | 'podman', change: Record<string, string>): Wrapper {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-wrapper-'));
  const real = findProgram(name) ?? name;
  const cases = Object.entries(change).map(([option, value]) =>
    option === 'run'
      ? `    *' run') args+=("$word" ${value}); previous=$word; continue ;;`
      : `    ${option.startsWith(' ') ? '*' : ''}'${option}'*) word='${value}' ;;`,
  );
  const script = `#!/bin/bash
args=() previous=
for word; do
  case "$previous $word" in
${cases.join('\n')}
  esac
  args+=("$word")
  previous=$word
done
exec ${real} "\${args[@]}"
`;
  writeFileSync(join(directory, name), script);
  chmodSync(join(directory, name), 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${directory}:${before}`;
  return {
    remove() {
      process.env['PATH'] = before;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
