/** The built command line as a subprocess, watched line by line. */

import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BlockRecord, InstanceRecord, SamplesHeader } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { splitSeal } from '../../src/samples/seal.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let linesSeen = 0;

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  log: string;
}

export interface CliRun {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Lines of stderr so far. `place` counts the lines of all processes in the order in which they arrived. */
  lines: { text: string; place: number }[];
  /** The first line of stderr that matches; one that came already counts. Rejects when the process ends without it. */
  line(pattern: RegExp): Promise<string>;
  done: Promise<CliResult>;
}

export interface CliOptions {
  cwd?: string;
  node?: string;
  env?: Record<string, string>;
  /** A program with arguments that starts the rest of its arguments. */
  wrap?: string[];
}

export function startCli(
  args: string[],
  { cwd = ROOT, node = process.execPath, env = {}, wrap = [] }: CliOptions = {},
): CliRun {
  const [program = node, ...words] = [...wrap, node, join(ROOT, 'dist/cli.js'), ...args];
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let log = '';
  let pending = '';
  let wake = (): void => {};
  let ended = false;
  const lines: CliRun['lines'] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
    const parts = (pending + chunk.toString()).split('\n');
    pending = parts.pop() ?? '';
    lines.push(...parts.map((text) => ({ text, place: linesSeen++ })));
    wake();
  });
  const done = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      ended = true;
      wake();
      resolve({ code, signal, out, log });
    });
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    lines,
    done,
    async line(pattern) {
      for (;;) {
        const found = lines.find(({ text }) => pattern.test(text));
        if (found) return found.text;
        if (ended) throw new Error(`ended without a line like ${pattern}: ${log}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export const runCli = (args: string[], options?: CliOptions): Promise<CliResult> => startCli(args, options).done;

export interface Project {
  directory: string;
  out: string;
  /** Arguments of a gate on this project; its images are kept in a cache of its own. */
  gate: string[];
  configure(config: string): void;
  header(): SamplesHeader;
  instances(): InstanceRecord[];
  blocks(): BlockRecord[];
  /** The last line of the samples. */
  end(): unknown;
  verdict(): VerdictDocument;
  remove(): void;
}

/**
 * A directory with a configuration and two functions: `fn/agent null`, which answers every request at once and starts as
 * fast as anything can, in VMs too, and `cpu/cpu.mjs`.
 */
export function createProject(config: string): Project {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-e2e-'));
  // Monitors of VMs read their disks as users of their own.
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'fn'));
  copyFileSync(join(ROOT, 'dist/guest/agent'), join(directory, 'fn/agent'));
  cpSync(join(ROOT, 'fixtures/functions/cpu'), join(directory, 'cpu'), { recursive: true });
  const configPath = join(directory, 'isogate.yml');
  const out = join(directory, 'out');
  const samples = (): Record<string, unknown>[] =>
    readFileSync(join(out, 'samples.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(splitSeal(line).text));
  const project: Project = {
    directory,
    out,
    gate: ['gate', '--config', configPath, '--out', out, '--cache-dir', join(directory, 'cache')],
    configure: (text) => writeFileSync(configPath, text),
    header: () => samples()[0] as unknown as SamplesHeader,
    instances: () => samples().filter(({ type }) => type === 'instance') as unknown as InstanceRecord[],
    blocks: () => samples().filter(({ type }) => type === 'block') as unknown as BlockRecord[],
    end: () => samples().at(-1),
    verdict: () => JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
  project.configure(config);
  return project;
}
