/** What makes a case a loaded one: endless loops, each in a session of its own, as other jobs of the machine would be. */

import { spawn } from 'node:child_process';

const LOOPS = 2;
/** They end by themselves should this process be killed. */
const LONGEST_SECONDS = 900;

/** @returns what ends them; resolves when they are gone */
export function loadMachine(): () => Promise<void> {
  const loops = Array.from({ length: LOOPS }, () => {
    const command = ['--signal=KILL', String(LONGEST_SECONDS), 'sh', '-c', 'while :; do :; done'];
    const child = spawn('timeout', command, { stdio: 'ignore', detached: true });
    const gone = new Promise<void>((resolve) => {
      child.on('exit', () => resolve());
      child.on('error', () => resolve());
    });
    return { child, gone };
  });
  return async () => {
    for (const { child } of loops) if (child.pid !== undefined) killGroup(child.pid);
    await Promise.all(loops.map(({ gone }) => gone));
  };
}

/** `timeout` leads a group, in which its command is too. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already: that is what was wanted.
  }
}
