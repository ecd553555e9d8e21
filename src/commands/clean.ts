import { Command } from 'commander';
import type { CommandContext } from './context.ts';

/** `isogate clean`: removes what killed runs left. */
export const cleanCommand = (context: CommandContext): Command =>
  new Command('clean')
    .description('remove processes, containers, mounts, cgroups and files that killed runs left on this machine')
    .option('--json', 'print what was removed and which runs are alive as JSON')
    .action(async (options: { json?: boolean }) => {
      const { removed, alive, pending } = await context.flows.clean(context.log);
      const lines = [
        ...removed.map((what) => `removed ${what}`),
        ...alive.map((run) => `left alone: run ${run}, whose owner is alive`),
        ...pending,
      ];
      const text = lines.length > 0 ? lines.join('\n') : 'nothing to clean';
      context.out(`${options.json ? JSON.stringify({ removed, alive, pending }) : text}\n`);
      context.exitCode = 0;
    });
