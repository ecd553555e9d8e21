import { realFlows } from '../../src/commands/context.ts';
import { main } from '../../src/commands/main.ts';
import { startPlainView } from '../../src/progress/plain-view.ts';

type World = Parameters<typeof main>[1];

export interface Outcome {
  code: number;
  out: string;
  log: string[];
}

/** Runs one command line in this process. Flows that a test does not give are the real ones. */
export const isogate = async (argv: string[], world: Partial<World> = {}): Promise<Outcome> => {
  let out = '';
  const log: string[] = [];
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    log: (line) => log.push(line),
    look: { width: 120, proseWidth: null, hasColor: false },
    openView: (options) => startPlainView((line) => log.push(line), options),
    env: {},
    isRoot: false,
    guestDir: '/nonexistent/guest/',
    flows: realFlows,
    ...world,
  });
  return { code, out, log };
};
