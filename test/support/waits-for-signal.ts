// A run that is stopped by signals: `once` finishes when told to stop, `twice` never does.
import { setTimeout } from 'node:timers/promises';
import { withStopSignal } from '../../src/commands/command-env.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

await withStopSignal(
  (line) => process.stderr.write(`${line}\n`),
  async (signal) => {
    print('started');
    await setTimeout(30_000, undefined, { signal }).catch(() => print(`stopping: ${(signal.reason as Error).message}`));
    if (process.argv[2] === 'twice') await setTimeout(30_000);
  },
);
print('finished');
