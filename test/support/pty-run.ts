/** A program in a real pseudo-terminal, by script(1). */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { showScreen } from './terminal-screen.ts';

export interface PtyRun {
  /** What the terminal shows now. */
  screen: () => string[];
  /** Everything that was sent to it. */
  sent: () => string;
  /** Resolves with the screen as soon as it satisfies this. Rejects when the program ends without it. */
  until: (isThere: (screen: string[]) => boolean) => Promise<string[]>;
  /** To the program itself. */
  kill: (signal: NodeJS.Signals) => void;
  /** The exit code, as script(1) passes it on. */
  done: Promise<number | null>;
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

export function startInPty(argv: string[], columns: number, env: NodeJS.ProcessEnv = process.env): PtyRun {
  const command = `stty cols ${columns} rows 50; exec ${argv.map(quoted).join(' ')}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let sent = '';
  let isOver = false;
  let wake = (): void => {};
  child.stdout.on('data', (chunk: Buffer) => {
    sent += chunk.toString();
    wake();
  });
  const screen = (): string[] => showScreen(sent, columns);
  const done = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      isOver = true;
      wake();
      resolve(code);
    });
  });
  return {
    screen,
    sent: () => sent,
    done,
    async until(isThere) {
      for (;;) {
        if (isThere(screen())) return screen();
        if (isOver) throw new Error(`ended with this on the screen: ${screen().join('\n')}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    kill(signal) {
      const [program] = childrenOf(child.pid ?? 0);
      if (program === undefined) throw new Error('it has ended');
      process.kill(program, signal);
    },
  };
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return new RegExp(`^PPid:\\s*${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map(Number);
