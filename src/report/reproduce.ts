import type { Samples } from '../model/samples.ts';
import type { CheckoutPlace, Place, ReportInput, Section } from './document.ts';

/** As one word of a POSIX shell, whatever is in it. */
const quoted = (word: string): string =>
  /^[\w./:@%+=,][\w./:@%+=,-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const option = (name: string, value: string | null | undefined): string =>
  value == null ? '' : ` --${name} ${quoted(value)}`;

const HERE: Place = { configPath: 'isogate.yml', outDir: 'isogate-out' };

/** The commands that repeat the run and the decision: whole ones where a workflow ran it, else from the checkout on. */
export function reproduceSection({ samples: { header }, place = HERE }: ReportInput): Section {
  const { configPath, outDir, baseline, continueFrom, timeMs, functions, checkout } = place;
  const options = [
    option('config', configPath === 'isogate.yml' ? null : configPath),
    option('baseline', baseline),
    option('base', header.change?.base),
    option('continue', continueFrom),
    option('time', timeMs == null ? null : `${timeMs}ms`),
    ...(functions ?? []).map((name) => option('function', name)),
  ];
  const head = header.change?.head ?? header.commit;
  const { lines: before, isogate } = checkout
    ? fromNothing(checkout)
    : { lines: head ? [`git checkout ${head}`] : [], isogate: 'isogate' };
  const lines = [
    ...before,
    ...(continueFrom ? ['# with the samples that --continue names as they were before this attempt:'] : []),
    `${checkout ? 'sudo ' : ''}${isogate} gate${options.join('')} --seed ${header.seed}`,
    `# decide again from ${checkout ? 'its' : 'this run’s'} raw samples:`,
    `${isogate} replay ${quoted(`${outDir}/samples.jsonl`)}`,
  ];
  const text = lines.map((line) => line.replaceAll(/[\r\n]+/g, ' ')).join('\n');
  return { title: 'How to reproduce this locally', folded: true, blocks: [{ kind: 'code', text }] };
}

/** Isogate and the measured commit beside each other, in a directory of their own. */
function fromNothing({ url, commit, configFrom, directory, tool, key }: CheckoutPlace): {
  lines: string[];
  isogate: string;
} {
  const depth = directory === '' ? 0 : directory.split('/').length;
  const program = `${'../'.repeat(depth + 1)}isogate/dist/cli.js`;
  const lines = [
    '# on a machine like the runner’s, with Node 20 or newer and root:',
    `mkdir ${quoted(`isogate-${key}`)} && cd ${quoted(`isogate-${key}`)}`,
    `git clone ${quoted(tool.url)} isogate && git -C isogate checkout --quiet ${quoted(tool.revision)}`,
    `git clone ${quoted(url)} measured && cd measured`,
    `git fetch --quiet origin ${quoted(commit)} && git checkout --quiet ${quoted(commit)}`,
    ...(configFrom === null
      ? []
      : [
          `git checkout --quiet ${quoted(configFrom.commit)} -- ${quoted(configFrom.file)} # the configuration that decided`,
        ]),
    ...(directory === '' ? [] : [`cd ${quoted(directory)}`]),
  ];
  return { lines, isogate: `node ${program}` };
}

/** `attempt 2, which carries on from 12 blocks`; null where nothing was carried on. */
export function tellCarriedOn({ header, plans }: Samples): string | null {
  const before = [...(plans ?? [])].flatMap(([name, attempts]): [string, number][] => {
    const blocks = attempts.at(-2)?.until ?? 0;
    return blocks > 0 ? [[name, blocks]] : [];
  });
  if (before.length === 0) return null;
  const counts = before.map(
    ([name, blocks]) => `${blocks} block${blocks === 1 ? '' : 's'}${before.length > 1 ? ` of ${name}` : ''}`,
  );
  return `attempt ${header.attempt}, which carries on from ${counts.join(', ')}`;
}
