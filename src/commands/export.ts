import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { ExportFormat } from '../gate/replay.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { CommandContext } from './context.ts';
import { RUN_ARGUMENT } from './option-values.ts';

const FORMATS: ExportFormat[] = ['bmf', 'github-action-benchmark', 'openmetrics', 'csv'];

interface Options {
  format: ExportFormat;
  output?: string;
}

/** `isogate export`: what was measured, in the form of another tool. */
export const exportCommand = (context: CommandContext): Command =>
  new Command('export')
    .description('print what a run measured in the form of another tool')
    .argument('<run>', RUN_ARGUMENT)
    .addOption(new Option('--format <format>', 'of which tool').choices(FORMATS).makeOptionMandatory())
    .option('--output <file>', 'write it there')
    .action(async (path: string, { format, output }: Options) => {
      const text = await context.flows.exportRun(path, format);
      if (output === undefined) context.out(text);
      else await write(output, text);
      context.exitCode = 0;
    });

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new BadInputError(`--output ${path}: ${messageOf(error)}`, { cause: error });
  }
}
