import { findRuntimeProgram } from '../../host/find-program.ts';
import { askCommand, SYSTEM_PATH } from '../../lib/run-tool.ts';
import type { FoundFunction } from './found-function.ts';

const LANGUAGES = {
  nodejs: { title: 'Node.js', find: () => findRuntimeProgram('node') ?? process.execPath },
  python: { title: 'Python', find: () => findRuntimeProgram('python3') },
};

/** What the interpreter that would run a function says; null where there is none, or it does not answer. */
const askVersion = async (language: keyof typeof LANGUAGES): Promise<string | null> => {
  const program = LANGUAGES[language].find();
  if (program === null) return null;
  const env = { PATH: process.env['PATH'] ?? SYSTEM_PATH, HOME: process.env['HOME'] ?? '/' };
  const answer = await askCommand(program, ['--version'], { env });
  return answer.outcome === 'answered' ? (/\d+\.\d+[\w.+-]*/.exec(answer.stdout)?.[0] ?? null) : null;
};

/** Says of each function whose platform runs it by another version of its language than this machine does. */
export const withVersionNotes = async (functions: FoundFunction[]): Promise<FoundFunction[]> => {
  const here = new Map<string, string | null>();
  const noted: FoundFunction[] = [];
  for (const found of functions) {
    const [, language, wanted = ''] = /^(nodejs|python)(\d+(?:\.\d+)?)(?:\.x)?$/.exec(found.runtime ?? '') ?? [];
    if (language !== 'nodejs' && language !== 'python') {
      noted.push(found);
      continue;
    }
    const version = here.has(language) ? (here.get(language) ?? null) : await askVersion(language);
    here.set(language, version);
    const isSame = version === null || version === wanted || version.startsWith(`${wanted}.`);
    const note = `runtime ${found.runtime}: this machine runs it by ${LANGUAGES[language].title} ${version}`;
    noted.push(isSame ? found : { ...found, notes: [...found.notes, note] });
  }
  return noted;
};
