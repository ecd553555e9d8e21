import { requireTool, runConfined, whyFailed } from './confined.ts';
import { viewForTool } from './views.ts';

export interface Unpacker {
  /** Host path of the agent. */
  agent: string;
  signal?: AbortSignal | undefined;
}

/** A kernel takes one or two seconds; every probe waits for this where bubblewrap hangs. */
const LONGEST_MS = 30_000;

/**
 * What a tool of the machine makes of compressed bytes that somebody else wrote; it reads and writes nothing but its standard
 * streams.
 * @throws NotMeasurableError when it is not installed
 * @throws Error with its last words when it fails, or would write more than `maxBytes`
 */
export async function unpackConfined(
  argv: string[],
  input: Uint8Array,
  { agent, signal, maxBytes, debianPackage }: Unpacker & { maxBytes: number; debianPackage: string },
): Promise<Buffer> {
  const tool = argv[0] ?? '';
  requireTool(tool, debianPackage);
  const limits = { wallMs: LONGEST_MS, memoryBytes: 2 ** 30, processes: 32, fileBytes: 0, outputBytes: maxBytes };
  const view = viewForTool({ agent, capabilities: null });
  const answer = await runConfined(argv, { view, limits, agent, signal, input });
  if (answer.isTooLong) throw new Error(`${tool} failed: it wrote more than ${maxBytes} bytes`);
  if (answer.failed) throw new Error(`${tool} failed: ${whyFailed(answer, answer.words)}`);
  return answer.stdout;
}
