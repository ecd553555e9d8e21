import { Command } from 'commander';
import type { ImportedArm } from '../gate/import-hyperfine.ts';
import { BadInputError } from '../model/errors.ts';
import type { CommandContext } from './context.ts';

interface Options {
  control: string;
  treatment: string[];
  paired?: boolean;
  function: string;
  gate: string;
  output: string;
}

const readArm = (option: string, value: string): ImportedArm => {
  const [, isolation = '', file = ''] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (file === '') throw new BadInputError(`${option} ${value}: accepted: ISOLATION=FILE, such as runc=runc.json`);
  return { isolation, file };
};

/** `isogate import`: measurements of another tool, as samples to decide on. */
export const importCommand = (context: CommandContext): Command =>
  new Command('import').description('make samples of what another tool measured').addCommand(
    new Command('hyperfine')
      .description('from the files that hyperfine --export-json writes, one an isolation')
      .requiredOption('--control <isolation=file>', 'runs of the control, such as native=native.json')
      .requiredOption('--treatment <isolation=file...>', 'runs of an isolation, such as runc=runc.json')
      .option('--paired', 'run number i of each file was done in turn: one block')
      .option('--function <name>', 'what was run', 'command')
      .option('--gate <name>', 'key of the gate', 'isogate')
      .option('--output <file>', 'where the samples go', 'samples.jsonl')
      .action(async (options: Options) => {
        const { gate, output } = options;
        const blocks = await context.flows.importHyperfine({
          control: readArm('--control', options.control),
          treatments: options.treatment.map((one) => readArm('--treatment', one)),
          function: options.function,
          gate,
          isPaired: options.paired === true,
          output,
        });
        context.out(`${blocks} blocks written to ${output}; decide: isogate replay ${output} --config isogate.yml\n`);
        context.exitCode = 0;
      }),
  );
