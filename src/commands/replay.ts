import { Command } from 'commander';
import type { CommandContext } from './context.ts';

/** `isogate replay`: decides again. */
export const replayCommand = (context: CommandContext): Command =>
  new Command('replay')
    .description('decide again from samples files alone')
    .argument('<file...>', 'samples files (samples.jsonl)')
    .option('--config <file>', "an isogate.yml whose budgets and looks replace those of the files' headers")
    .option('--json', 'print one verdict as JSON a line, in the order given')
    .action(async (files: string[], options: { config?: string; json?: boolean }) => {
      context.exitCode = await context.flows.replay(files, { ...options, print: (line) => context.out(`${line}\n`) });
    });
