/** Command lines of package.json, Procfile and Dockerfile, as far as no shell is needed to understand them. */

const WORD = /\s*(?:((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+))/gy;

/** Words of a simple command; null where a shell would do more than split it. */
const splitCommand = (line: string): string[] | null => {
  const plain = line.trim().replaceAll(/\$\{?PORT(?::-\d+)?\}?/g, 'ISOGATE_PORT');
  if (/[|;<>`()&\n]|\$[({A-Za-z]/.test(plain.replaceAll(/'[^']*'/g, ''))) return null;
  const words = [...plain.matchAll(WORD)].map(([, word = '']) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''),
  );
  return words.length > 0 ? words : null;
};

export interface ServerCommand {
  words: string[];
  env: Record<string, string>;
}

/** Python programs that are modules as well: so they run by the interpreter that their packages were installed for. */
const MODULES: Record<string, string> = {
  gunicorn: 'gunicorn',
  uvicorn: 'uvicorn',
  hypercorn: 'hypercorn',
  waitress: 'waitress',
  flask: 'flask',
  fastapi: 'fastapi',
  'functions-framework': 'functions_framework',
  'functions-framework-python': 'functions_framework',
};

/** A command line as `http.command`, with variables set before it apart. */
export const serverCommand = (line: string, language: 'node' | 'python', port: number): ServerCommand | null => {
  const words = splitCommand(line)?.map((word) => word.replaceAll('ISOGATE_PORT', String(port)));
  if (!words) return null;
  const env: Record<string, string> = {};
  while (words[0] === 'cross-env' || words[0] === 'exec' || /^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name = '', ...value] = (words.shift() ?? '').split('=');
    if (value.length > 0) env[name] = value.join('=');
  }
  const [first = '', ...rest] = words;
  if (first === '') return null;
  if (language === 'python') {
    const module = Object.hasOwn(MODULES, first) ? MODULES[first] : undefined;
    if (module) return { words: ['python3', '-m', module, ...rest], env };
    return { words: [first === 'python' ? 'python3' : first, ...rest], env };
  }
  if (first === 'nodemon') return { words: ['node', ...rest], env };
  if (first === 'npx') return { words: [`node_modules/.bin/${rest[0]}`, ...rest.slice(1)], env };
  if (first === 'node' || first.includes('/')) return { words, env };
  return { words: [`node_modules/.bin/${first}`, ...rest], env };
};
