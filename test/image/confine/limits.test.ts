import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ConfinedOptions, startConfined } from '../../../src/image/confine/confined.ts';
import type { Limits } from '../../../src/image/confine/limits.ts';

const SOURCES = join(import.meta.dirname, '../../../src');
const filesWith = (pattern: RegExp, below: string): string[] =>
  (readdirSync(join(SOURCES, below), { recursive: true }) as string[])
    .map((name) => join(below, name))
    .filter((name) => name.endsWith('.ts') && pattern.test(readFileSync(join(SOURCES, name), 'utf8')))
    .sort();

it('nothing can be started without each of the limits: the compiler refuses it (`npm run check`)', () => {
  const refused = (options: Omit<ConfinedOptions, 'limits'>, all: Limits): void => {
    // @ts-expect-error there are no limits
    startConfined(['true'], options);
    const { wallMs, memoryBytes, processes, fileBytes, outputBytes } = all;
    // @ts-expect-error no end in time
    startConfined(['true'], { ...options, limits: { memoryBytes, processes, fileBytes, outputBytes } });
    // @ts-expect-error no limit on memory
    startConfined(['true'], { ...options, limits: { wallMs, processes, fileBytes, outputBytes } });
    // @ts-expect-error no limit on processes
    startConfined(['true'], { ...options, limits: { wallMs, memoryBytes, fileBytes, outputBytes } });
    // @ts-expect-error no limit on files
    startConfined(['true'], { ...options, limits: { wallMs, memoryBytes, processes, outputBytes } });
    // @ts-expect-error no limit on output
    startConfined(['true'], { ...options, limits: { wallMs, memoryBytes, processes, fileBytes } });
  };
  expect(refused).toHaveLength(2);
});

it('bubblewrap is started by the confinement and by the isolation of that name, and by nothing else', () => {
  // The table of isolations only names it.
  const files = filesWith(/'bwrap'/, '').filter((name) => name !== 'isolation/create-isolation.ts');
  expect(files).toEqual(['image/confine/confined.ts', 'isolation/process/bubblewrap.ts']);
});

it('of what makes images, only the confinement and the clients of engines start programs by themselves', () => {
  expect(filesWith(/from '(execa|node:child_process)'/, 'image')).toEqual([
    'image/build/spawn.ts',
    'image/confine/confined.ts',
  ]);
  expect(filesWith(/import \{[^}]*\b(spawnPiped|runLogged)\b/, 'image')).toEqual([
    'image/source/build-dockerfile.ts',
    'image/source/inspect-image.ts',
  ]);
});
