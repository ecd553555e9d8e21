import { findProgram, findRuntimeProgram } from '../../host/find-program.ts';
import { type AskProgram, confinedAsker } from '../../image/runtime/ask-program.ts';
import { askCommand, SYSTEM_PATH } from '../../lib/run-tool.ts';
import type { FoundFunction } from './found-function.ts';

const LANGUAGES = {
  nodejs: { title: 'Node.js', find: () => findRuntimeProgram('node') ?? process.execPath },
  python: { title: 'Python', find: () => findRuntimeProgram('python3') },
};

/** What the interpreter that would run a function says; null where there is none, or it does not answer. */
const askVersion = async (language: keyof typeof LANGUAGES, ask: AskProgram): Promise<string | null> => {
  const program = LANGUAGES[language].find();
  if (program === null) return null;
  const answer = await ask(program, ['--version']).catch(() => null);
  return answer?.ok ? (/\d+\.\d+[\w.+-]{0,64}/.exec(answer.stdout)?.[0] ?? null) : null;
};

const MAX_DATA_BYTES = 2 ** 30;

/** Without root nothing can be confined, but what is asked has the user's own rights only, five seconds, and 1 GiB of memory. */
const askLimited: AskProgram = async (program, args) => {
  const env = { PATH: process.env['PATH'] ?? SYSTEM_PATH, HOME: process.env['HOME'] ?? '/' };
  const limits = [`--data=${MAX_DATA_BYTES}`, '--core=0', '--'];
  const answer = await askCommand(findProgram('prlimit') ?? 'prlimit', [...limits, program, ...args], { env });
  return answer.outcome === 'answered' ? { ok: true, stdout: answer.stdout } : { ok: false, reason: answer.outcome };
};

export const versionAsker = ({ isRoot, guestDir }: { isRoot: boolean; guestDir: string }): AskProgram =>
  isRoot ? confinedAsker({ guestDir }) : askLimited;

/** Says of each function whose platform runs it by another version of its language than this machine does. */
export const withVersionNotes = async (functions: FoundFunction[], ask: AskProgram): Promise<FoundFunction[]> => {
  const here = new Map<string, string | null>();
  const noted: FoundFunction[] = [];
  for (const found of functions) {
    const [, language, wanted = ''] = /^(nodejs|python)(\d+(?:\.\d+)?)(?:\.x)?$/.exec(found.runtime ?? '') ?? [];
    if (language !== 'nodejs' && language !== 'python') {
      noted.push(found);
      continue;
    }
    const version = here.has(language) ? (here.get(language) ?? null) : await askVersion(language, ask);
    here.set(language, version);
    const isSame = version === null || version === wanted || version.startsWith(`${wanted}.`);
    const note = `runtime ${found.runtime}: this machine runs it by ${LANGUAGES[language].title} ${version}`;
    noted.push(isSame ? found : { ...found, notes: [...found.notes, note] });
  }
  return noted;
};
