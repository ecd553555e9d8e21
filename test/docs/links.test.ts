import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';

/** Paths in our own pages: links, and the sources, tests and scripts that a page names. */
function pathsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/```[\s\S]*?```/g, '');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => join(dirname(file), path));
  const tests = [...text.matchAll(/(?<![\w/])test\/[\w./-]*[\w-]/g)].map(([path]) => path);
  // Handlers of users lie in a src/ too, and end in .mjs or .py.
  const sources = [...text.matchAll(/(?<![\w/.])(?:src|bench|scripts)\/[\w./-]+\.(?:ts|c)\b/g)].map(([path]) => path);
  return [...links, ...tests, ...sources];
}

it.each(globSync(['*.md', 'docs/**/*.md']).filter((file) => !/test-(full|kvm)\.md$/.test(file)))(
  '%s leads nowhere that is not there',
  (file) => {
    expect(pathsOf(file).filter((path) => !existsSync(path))).toEqual([]);
  },
);

it('comments name pages and sources that are there', () => {
  const named = /(?<![\w/.])(?:src\/[\w./-]+\.(?:ts|c)|docs\/(?:[\w-]+\/)+[\w-]+\.md)\b/g;
  const missing = globSync(['src/**/*.{ts,c,h,mjs,py}', 'bench/**/*.ts', 'scripts/*']).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(named)]
      .filter(([path]) => !existsSync(path))
      .map(([path]) => `${file}: ${path}`),
  );
  expect(missing).toEqual([]);
});
