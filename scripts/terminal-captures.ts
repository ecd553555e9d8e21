import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import { decide } from '../src/decide/decide.ts';
import { decideRun } from '../src/decide/decide-run.ts';
import { judgeIsolations } from '../src/decide/stopping-rule.ts';
import type { FunctionProgress, IsolationProgress } from '../src/model/progress.ts';
import type { Samples } from '../src/model/samples.ts';
import { startLiveView } from '../src/progress/live-view.ts';
import { startPlainView } from '../src/progress/plain-view.ts';
import { renderForTerminal } from '../src/report/render-report.ts';
import { readSamples } from '../src/samples/read-samples.ts';
import { parseSamplesConfig } from '../src/samples/samples-config.ts';
import { toFunctions } from '../src/samples/to-functions.ts';
import { showScreen } from '../test/support/terminal-screen.ts';

/** Samples of `npm start` on a virtual machine with two CPUs, without what no report shows. */
const RECORDED = 'fixtures/terminal/recorded.jsonl';
const WIDTHS = [80, 140];
/** The run is looked at when its first function is done, and so many blocks of the second. */
const MOMENT = { function: 'report', blocks: 4 };
const START = '<!-- captures -->';
const END = '<!-- end of captures -->';
/** What samples do not tell. */
const TIMES = { tookMs: 19_000, leftMs: 26_500 };

/** The page with what a terminal shows, between the comments for it. */
export async function withCaptures(pageFile: string): Promise<string> {
  const captures = await Promise.all(
    WIDTHS.map(async (width) => [
      `### In ${width} columns`,
      ...['In progress:', codeBlock(await captureProgress(width)), 'At the end:', codeBlock(await captureEnd(width))],
    ]),
  );
  const text = [...captures.flat(), '### In a log', codeBlock(await captureLog())].join('\n\n');
  const page = readFileSync(pageFile, 'utf8');
  const [before = '', rest = ''] = page.split(START);
  const [, after = ''] = rest.split(END);
  return `${before}${START}\n\n${text}\n\n${END}${after}`;
}

const codeBlock = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;

async function captureEnd(width: number): Promise<string> {
  const samples = await readSamples(RECORDED);
  const verdict = decide(samples, parseSamplesConfig(toFunctions(samples), RECORDED), {});
  return renderForTerminal({ verdict, samples }, { width, proseWidth: Math.min(width, 100), hasColor: false });
}

/** The two states that a view is told: the first function done, the second in its blocks. */
async function recordedStates(): Promise<FunctionProgress[]> {
  const lines = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as { type: string; function?: string; block?: number });
  const second = records.findIndex((record) => record.function === MOMENT.function);
  const nextBlock = records.findIndex(
    ({ type, function: name, block }) => type === 'block' && name === MOMENT.function && block === MOMENT.blocks,
  );
  return [
    await stateAt(lines.slice(0, second), records[second - 1]?.function ?? '', 1, { stage: 'done', reason: 'decided' }),
    await stateAt(lines.slice(0, nextBlock), MOMENT.function, 2, { stage: 'blocks', reason: null }),
  ];
}

async function stateAt(
  lines: string[],
  name: string,
  place: number,
  end: Pick<FunctionProgress, 'stage' | 'reason'>,
): Promise<FunctionProgress> {
  const samples = await readText(lines.join('\n'));
  const config = parseSamplesConfig(toFunctions(samples), RECORDED);
  const blocks = new Set(
    samples.instances.filter((one) => one.function === name && one.isolation === 'runc').map(({ block }) => block),
  ).size;
  const mostBlocks = 24;
  const run = decideRun(samples, config, { final: false });
  const { states, findWidest } = judgeIsolations(run, config, name, mostBlocks - blocks);
  const isolations = states.flatMap(({ isolation, state }): IsolationProgress[] =>
    state === 'ungated' || isolation === config.control
      ? []
      : [{ isolation, state, blocks: state === 'open' ? null : blocks }],
  );
  return {
    ...{ function: name, place, of: 3, blocks, mostBlocks, running: 'gvisor', ...TIMES, ...end },
    ...{ isolations, findWidest },
    decideNow: () => ({ samples, verdict: decide(samples, config, { final: false }) }),
  };
}

async function readText(text: string): Promise<Samples> {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-captures-'));
  try {
    writeFileSync(join(directory, 'samples.jsonl'), text);
    return await readSamples(join(directory, 'samples.jsonl'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function captureProgress(width: number): Promise<string> {
  let sent = '';
  const stream = new Writable({
    write(chunk, _, done) {
      sent += chunk;
      done();
    },
  });
  const view = startLiveView(Object.assign(stream, { columns: width }) as unknown as WriteStream, false);
  for (const state of await recordedStates()) view.progress(state);
  const before = sent;
  while (sent === before) await sleep(50);
  const screen = showScreen(sent, width).join('\n');
  view.stop();
  return screen;
}

/** The same moments as whole lines. */
async function captureLog(): Promise<string> {
  const lines: string[] = [];
  const [first, second] = (await recordedStates()) as [FunctionProgress, FunctionProgress];
  const view = startPlainView((line) => lines.push(line), { verbose: true });
  view.progress({ ...first, of: 1 });
  view.progress(second);
  view.stop();
  return lines.join('\n').replace('thumbnail ·', 'thumbnail (1 of 3) ·');
}
