/**
 * Puts a stand-in on PATH under the name of the VMM that it stands in for. The adapter under test finds it as it would
 * find the real one, and knows of no other way to get at it.
 */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { build } from 'rolldown';
import { findTools } from './tools.ts';

export interface StandIn {
  /** Holds the program and what it needs; readable by every user. */
  directory: string;
  remove(): void;
}

const here = (name: string): string => new URL(name, import.meta.url).pathname;

/**
 * `disguised`: behind a program that shows the host what a real VMM shows (vmm.c). Otherwise a script, which the evidence
 * tells from a VMM.
 *
 * @returns a reason to skip where this machine lacks something
 */
export async function installStandIn(
  name: 'firecracker' | 'cloud-hypervisor',
  { disguised = true }: { disguised?: boolean } = {},
): Promise<StandIn | string> {
  const tools = await findTools();
  if (typeof tools === 'string') return tools;
  // Not in the repository: the VMM's user may have no way in there.
  const directory = mkdtempSync(join(tmpdir(), `isogate-stand-in-${name}-`));
  chmodSync(directory, 0o755);
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    writeFileSync(join(directory, 'tools.json'), JSON.stringify(tools));
    await bundle(name, directory);
    const program = join(directory, name);
    if (disguised) await compile(tools.compiler, program, { NODE: tools.node, BASE: directory, NAME: name });
    else writeFileSync(program, `#!/bin/sh\nexec ${tools.node} ${join(directory, name)}.mjs "$@"\n`, { mode: 0o755 });
    if (name === 'firecracker') {
      await bundle('jailer', directory);
      const plan = `plan=$(${tools.node} ${join(directory, 'jailer.mjs')} "$@") || exit`;
      writeFileSync(join(directory, 'jailer'), `#!/bin/sh\n${plan}\neval "exec $plan"\n`, { mode: 0o755 });
    }
  } catch (error) {
    remove();
    throw error;
  }
  const path = process.env['PATH'];
  process.env['PATH'] = `${directory}:${path}`;
  return {
    directory,
    remove() {
      process.env['PATH'] = path;
      remove();
    },
  };
}

async function bundle(name: string, directory: string): Promise<void> {
  await build({
    input: here(`./${name}.ts`),
    platform: 'node',
    output: { file: join(directory, `${name}.mjs`), format: 'esm' },
    logLevel: 'silent',
  });
}

async function compile(compiler: string, program: string, words: Record<string, string>): Promise<void> {
  const defines = Object.entries(words).map(([key, value]) => `-D${key}="${value}"`);
  const options = ['-std=gnu11', '-D_GNU_SOURCE', '-static', '-Os', '-Wall', '-Wextra', '-Werror'];
  await execa(compiler, [...options, ...defines, '-o', program, here('./vmm.c')]);
}
