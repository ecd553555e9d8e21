import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import { realFlows } from './flows.ts';
import { main } from './main.ts';

const crash = (error: unknown): void => {
  process.stderr.write(`isogate: internal error: ${messageOf(error).replaceAll(/\s+/g, ' ')}\n`);
  if (process.env['ISOGATE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(5);
};

/** Runs the command line of this process; its exit code is never Node's own 1, which would read as a failed verdict. */
export const runProcess = async (guestUrl: URL): Promise<void> => {
  process.on('uncaughtException', crash);
  // A reader that goes away (`isogate replay … | head -1`) changes no verdict.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') crash(error);
  });
  process.stderr.on('error', () => {});
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    log: (line) => process.stderr.write(`${line}\n`),
    env: process.env,
    isRoot: process.geteuid?.() === 0,
    guestDir: fileURLToPath(guestUrl),
    flows: realFlows,
  });
};
