import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { trustPath } from '../host/find-program.ts';
import { logLine, oneLine } from '../lib/text.ts';
import { exitCodeOfError, messageOf } from '../model/errors.ts';
import { baselineCommand } from './baseline.ts';
import { cleanCommand } from './clean.ts';
import { type CommandContext, realFlows } from './context.ts';
import { exportCommand } from './export.ts';
import { gateCommand } from './gate.ts';
import { importCommand } from './import.ts';
import { initCommand } from './init.ts';
import { probeCommand } from './probe.ts';
import { replayCommand } from './replay.ts';
import { createOpenView, lookOf } from './terminal.ts';

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

/** @returns the exit code */
function report(
  error: unknown,
  argv: string[],
  { log, env }: Pick<CommandContext, 'log' | 'env'>,
  code: number = error instanceof CommanderError ? 4 : exitCodeOfError(error),
): number {
  const message = error instanceof CommanderError ? usageMessage(error, argv) : oneLine(messageOf(error));
  log(`isogate: ${code === 5 ? `internal error: ${message}; set ISOGATE_DEBUG=1 for the stack` : message}`);
  if (env['ISOGATE_DEBUG'] && error instanceof Error) (error.stack ?? '').split('\n').forEach(log);
  return code;
}

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

/** Runs the command line of this process. Its exit code is never Node's own 1, which would read as a failed verdict. */
export const runProcess = async (guestUrl: URL): Promise<void> => {
  process.on('uncaughtException', crash);
  trustPath(process.env);
  // A reader that goes away (`isogate replay … | head -1`) changes no verdict.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') crash(error);
  });
  process.stderr.on('error', () => {});
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    log: writeLog,
    look: lookOf(process.stdout, process.env),
    openView: createOpenView(process.stderr, process.env, writeLog),
    env: process.env,
    isRoot: process.geteuid?.() === 0,
    guestDir: fileURLToPath(guestUrl),
    flows: realFlows,
  });
};

/** Messages hold what functions printed, and in a workflow the runner obeys lines such as `::error::…`. */
const writeLog = (line: string): void => {
  process.stderr.write(`${logLine(line)}\n`);
};

const crash = (error: unknown): void => {
  process.exit(report(error, [], { log: writeLog, env: process.env }, 5));
};
