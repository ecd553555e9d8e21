#!/usr/bin/env node
// Checks how the files under src/ import each other:
//   - a folder imports only folders above it in LAYERS, and its own files;
//   - no files import each other in a circle, not even for types alone.
// Usage: scripts/check-layers.mjs [SOURCE_DIRECTORY]
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { globSync } from 'tinyglobby';

/** From the top downwards. Folders on one line are peers and do not import each other. */
const LAYERS = [
  ['model'],
  ['lib'],
  ['config'],
  ['git'],
  ['host'],
  ['image'],
  ['isolation'],
  ['probe'],
  ['samples'],
  ['measure'],
  ['stats'],
  ['baseline'],
  ['decide'],
  ['report', 'export'],
  ['progress'],
  ['github'],
  ['gate'],
  ['action'],
  ['commands'],
  // cli.ts, index.ts and post.ts: the entries
  ['.'],
];

/** Runs inside the instance, in its own language runtime: imports nothing of the others and is imported by none. */
const APART = 'guest';

const root = resolve(process.argv[2] ?? 'src');
const files = globSync('**/*.ts', { cwd: root, ignore: [`${APART}/**`] }).sort();
const importsByFile = new Map(files.map((file) => [file, importsOf(file)]));
const problems = [...upwardImports(), ...circles()];

for (const problem of problems) console.error(problem);
const arrows = new Set(
  [...importsByFile].flatMap(([file, targets]) => targets.map((to) => `${folderOf(file)} ${folderOf(to)}`)),
);
const atRoot = files.filter((file) => folderOf(file) === '.');
console.log(
  `${files.length} files, ${atRoot.length} of them at the root, ${arrows.size} pairs of folders, ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Files under the root that a file imports, re-exports or names in a type. */
function importsOf(file) {
  const found = new Set();
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (/^(Import|Export|TSImport)/.test(node.type ?? '')) {
      const specifier = node.source?.value ?? node.argument?.literal?.value;
      if (typeof specifier === 'string' && specifier.startsWith('.'))
        found.add(relative(root, join(root, dirname(file), specifier)));
    }
    for (const child of Array.isArray(node) ? node : Object.values(node)) visit(child);
  };
  visit(parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }));
  return [...found].filter((target) => !target.endsWith('.json'));
}

function folderOf(file) {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '.';
}

function upwardImports() {
  const depth = new Map(LAYERS.flatMap((folders, index) => folders.map((folder) => [folder, index])));
  const found = [];
  for (const [file, targets] of importsByFile) {
    const from = folderOf(file);
    if (!depth.has(from))
      found.push(`src/${file}: the folder ${from} has no place in the list of layers (scripts/check-layers.mjs)`);
    for (const target of targets) {
      const to = folderOf(target);
      if (to !== from && !(depth.get(to) < depth.get(from)))
        found.push(`src/${file} imports src/${target}: ${to} is not above ${from}`);
    }
  }
  return found;
}

/** One line for each circle that a search in depth comes across. */
function circles() {
  const found = [];
  const state = new Map();
  const path = [];
  const visit = (file) => {
    state.set(file, 'open');
    path.push(file);
    for (const target of importsByFile.get(file) ?? []) {
      if (state.get(target) === 'open')
        found.push(`circle: ${[...path.slice(path.indexOf(target)), target].map((name) => `src/${name}`).join(' → ')}`);
      if (!state.has(target)) visit(target);
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of files) if (!state.has(file)) visit(file);
  return found;
}
