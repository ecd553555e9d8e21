import type { Samples } from '../model/samples.ts';
import type { ReportInput, Section } from './document.ts';

/** As one word of a POSIX shell, whatever is in it. */
const quoted = (word: string): string =>
  /^[\w./:@%+=,][\w./:@%+=,-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const option = (name: string, value: string | null | undefined): string =>
  value == null ? '' : ` --${name} ${quoted(value)}`;

/** The commands that repeat the run and the decision. */
export function reproduceSection({ samples: { header }, place }: ReportInput): Section {
  const { configPath, outDir, baseline, continueFrom, timeMs, functions } = place ?? {
    configPath: 'isogate.yml',
    outDir: 'isogate-out',
  };
  const head = header.change?.head ?? header.commit;
  const options = [
    option('config', configPath === 'isogate.yml' ? null : configPath),
    option('baseline', baseline),
    option('base', header.change?.base),
    option('continue', continueFrom),
    option('time', timeMs == null ? null : `${timeMs}ms`),
    ...(functions ?? []).map((name) => option('function', name)),
  ];
  const lines = [
    ...(head ? [`git checkout ${head}`] : []),
    ...(continueFrom ? ['# with the samples that --continue names as they were before this attempt:'] : []),
    `isogate gate${options.join('')} --seed ${header.seed}`,
    '# decide again from this run’s raw samples:',
    `isogate replay ${quoted(`${outDir}/samples.jsonl`)}`,
  ];
  const text = lines.map((line) => line.replaceAll(/[\r\n]+/g, ' ')).join('\n');
  return { title: 'How to reproduce this locally', folded: true, blocks: [{ kind: 'code', text }] };
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
