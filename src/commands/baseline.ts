import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { commitOption } from './option-values.ts';

interface Options {
  store: string;
  commit?: string;
  json?: boolean;
}

/** `isogate baseline record`: keeps what a run measured, for later runs' regression limits. */
export const baselineCommand = (context: CommandContext): Command => {
  const record = new Command('record')
    .description('append what a run measured to a directory of baselines')
    .argument('<samples>', 'samples file (samples.jsonl)')
    .requiredOption('--store <dir>', 'directory of baselines')
    .option('--commit <sha>', 'the commit that was measured', commitOption)
    .option('--json', 'print what was recorded as JSON')
    .action(async (samplesPath: string, options: Options) => {
      const commit = options.commit ?? null;
      const { records } = await context.flows.recordBaseline({ samplesPath, storeDir: options.store, commit });
      const text = `${records} records from ${samplesPath} added to ${options.store}`;
      context.out(`${options.json ? JSON.stringify({ records, store: options.store, commit }) : text}\n`);
      context.exitCode = 0;
    });
  return new Command('baseline').description('stored baselines').addCommand(record);
};
