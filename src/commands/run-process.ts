import { fileURLToPath } from 'node:url';
import { trustPath } from '../host/find-program.ts';
import { logLine } from '../lib/text.ts';
import { messageOf } from '../model/errors.ts';
import { realFlows } from './flows.ts';
import { main } from './main.ts';

/** Messages hold what functions printed, and this may run in a workflow, whose runner obeys lines such as `::error::…`. */
const log = (line: string): void => {
  process.stderr.write(`${logLine(line)}\n`);
};

const crash = (error: unknown): void => {
  log(`isogate: internal error: ${messageOf(error).replaceAll(/\s+/g, ' ')}`);
  if (process.env['ISOGATE_DEBUG'] && error instanceof Error) (error.stack ?? '').split('\n').forEach(log);
  process.exit(5);
};

/** Runs the command line of this process; its exit code is never Node's own 1, which would read as a failed verdict. */
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
    log,
    env: process.env,
    isRoot: process.geteuid?.() === 0,
    guestDir: fileURLToPath(guestUrl),
    flows: realFlows,
  });
};
