import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, it } from 'vitest';

/** Paths in our own pages: links, and the tests that a page names as evidence. */
function pathsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/```[\s\S]*?```/g, '');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => join(dirname(file), path));
  const tests = [...text.matchAll(/(?<![\w/])test\/[\w./-]*[\w-]/g)].map(([path]) => path);
  return [...links, ...tests];
}

it.each(globSync(['*.md', 'docs/**/*.md']).filter((file) => !/test-(full|kvm)\.md$/.test(file)))(
  '%s leads nowhere that is not there',
  (file) => {
    expect(pathsOf(file).filter((path) => !existsSync(path))).toEqual([]);
  },
);
