import { Command, CommanderError } from 'commander';
import { oneLine } from '../lib/text.ts';
import { BadInputError, messageOf, NotMeasurableError } from '../model/errors.ts';
import { baselineCommand } from './baseline.ts';
import { cleanCommand } from './clean.ts';
import type { CommandContext } from './context.ts';
import { exportCommand } from './export.ts';
import { gateCommand } from './gate.ts';
import { importCommand } from './import.ts';
import { initCommand } from './init.ts';
import { probeCommand } from './probe.ts';
import { replayCommand } from './replay.ts';

const EXIT_CODES = `
Exit codes: 0 pass, or inconclusive where fail_on does not list it; 1 fail; 2 inconclusive where it does;
3 not measured; 4 bad config or input; 5 internal error.`;

const buildProgram = (context: CommandContext, complain: (text: string) => void): Command => {
  const program = new Command('isogate')
    .description('Isolation overhead budgets for serverless functions, enforced in CI.')
    .option('-V, --version', 'print the version')
    .addHelpText('after', EXIT_CODES);
  const commands = [
    initCommand,
    probeCommand,
    gateCommand,
    replayCommand,
    baselineCommand,
    exportCommand,
    importCommand,
    cleanCommand,
  ];
  for (const create of commands) program.addCommand(create(context));
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: context.out, writeErr: complain });
    command.commands.forEach(configure);
  };
  configure(program);
  return program;
};

/** A mistake on the command line as one line. Commander's own texts begin with "error:" and may span lines. */
const usageMessage = (error: CommanderError, argv: string[]): string => {
  if (!error.code.startsWith('commander.help')) return oneLine(error.message.replace(/^error: /, ''));
  return `a command is missing; see ${['isogate', ...argv, '--help'].join(' ')}`;
};

const exitCodeOf = (error: unknown): number => {
  if (error instanceof BadInputError || error instanceof CommanderError) return 4;
  return error instanceof NotMeasurableError ? 3 : 5;
};

const report = (error: unknown, argv: string[], context: CommandContext): number => {
  const code = exitCodeOf(error);
  if (error instanceof CommanderError) context.log(`isogate: ${usageMessage(error, argv)}`);
  else if (code !== 5) context.log(`isogate: ${oneLine(messageOf(error))}`);
  else {
    const hint = 'set ISOGATE_DEBUG=1 for the stack';
    context.log(`isogate: internal error: ${oneLine(messageOf(error))}; ${hint}`);
  }
  if (context.env['ISOGATE_DEBUG'] && error instanceof Error) (error.stack ?? '').split('\n').forEach(context.log);
  return code;
};

/** Runs one command line and gives its exit code; every error becomes one line. */
export const main = async (argv: string[], world: Omit<CommandContext, 'exitCode'>): Promise<number> => {
  const context: CommandContext = { ...world, exitCode: 5 };
  let complaints = '';
  const program = buildProgram(context, (text) => {
    complaints += text;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    const isHelp = error instanceof CommanderError && error.code.startsWith('commander.help') && complaints === '';
    return isHelp ? 0 : report(error, argv, context);
  }
};
