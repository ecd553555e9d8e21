/** What of this machine goes into an image besides the language runtime, seen from within by runc. */

import { existsSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import { needsRoot } from '../support/skip-unless.ts';
import { functionConfig, openWorkshop, RESOURCES, resultsOf, runBundle, type Workshop, writeTree } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

let trees = 0;
const newTree = (files: Record<string, string>): string => writeTree(join(shop.dir, `tree-${++trees}`), files);
const build = (dir: string, more: Partial<FunctionConfig>, cacheDir = shop.cacheDir) =>
  buildImage({ ...shop, cacheDir, function: functionConfig(dir, more), resources: RESOURCES, kernel: null });
const command = (...argv: string[]): Partial<FunctionConfig> => ({ runtime: 'command', command: argv });
/** Speaks the line protocol for one call, whose result the expression is. */
const answerOnce = (expression: string): string =>
  `$| = 1; print qq({"type":"ready"}\\n); <STDIN> =~ /"id":(\\d+)/; print qq({"id":$1,"ok":true,"result":), ${expression}, qq(,"ns":[1]}\\n);`;

describe('an image', () => {
  needsRoot();

  it('has the programs that a function starts, on its PATH, with their libraries', async () => {
    const dir = newTree({
      'fn.mjs': `import { execFileSync } from 'node:child_process';
        export const handler = (name) => execFileSync(name, ['--version']).toString().split('\\n')[0];`,
    });
    const node: Partial<FunctionConfig> = { handler: { file: 'fn.mjs', export: 'handler' } };
    const image = await build(dir, { ...node, programs: ['sed', 'tar', '/usr/bin/env'] });
    const results = resultsOf(await runBundle(shop, image, ['sed', 'tar', 'env', 'grep']));
    expect(results.slice(0, 3)).toEqual([
      expect.stringMatching(/^sed \(GNU/),
      expect.stringMatching(/^tar \(GNU/),
      expect.stringMatching(/^env \(GNU/),
    ]);
    expect(results[3]).toMatchObject({ message: expect.stringContaining('grep ENOENT') });
    await expect(build(dir, { ...node, programs: ['no-such'] })).rejects.toThrow(
      'functions.fn.programs: no-such is not on this machine: install it, or take it out',
    );
    await expect(build(dir, { ...node, programs: ['/etc/passwd'] })).rejects.toThrow(
      'functions.fn.programs: /etc/passwd is not a program that everybody may run in a place of programs',
    );
  });

  it('has Python for a function in Node that starts it', async () => {
    const dir = newTree({
      'fn.mjs': `import { execFileSync } from 'node:child_process';
        export const handler = (text) => execFileSync('python3', ['-c', text]).toString().trim();`,
    });
    const image = await build(dir, { handler: { file: 'fn.mjs', export: 'handler' }, programs: ['python3'] });
    const text = 'import json, sqlite3; print(json.dumps([1]))';
    expect(resultsOf(await runBundle(shop, image, [text]))).toEqual(['[1]']);
  });

  it('has the libraries of native modules, by $ORIGIN and of the machine', async () => {
    const dir = newTree({
      'fn.py':
        'import ctypes\nmodule = ctypes.CDLL("pkg/native.so")\ndef handler(event):\n    return module.twice(event)\n',
      'one.cpp': '#include <string>\nextern "C" int inner(int n) { return std::to_string(n).size() ? 2 * n : 0; }\n',
      'two.c': 'int inner(int); int twice(int n) { return inner(n); }\n',
      'pkg/.libs/.keep': '',
    });
    const gcc = (file: string, ...args: string[]) => execa(file, ['-shared', '-fPIC', ...args], { cwd: dir });
    await gcc('g++', '-o', 'pkg/.libs/libinner.so.1', 'one.cpp', '-Wl,-soname,libinner.so.1');
    await gcc('gcc', '-o', 'pkg/native.so', 'two.c', 'pkg/.libs/libinner.so.1', '-Wl,-rpath,$ORIGIN/.libs');
    const python: Partial<FunctionConfig> = { runtime: 'python', handler: { file: 'fn.py', export: 'handler' } };
    const image = await build(dir, python);
    expect(resultsOf(await runBundle(shop, image, [21]))).toEqual([42]);
    expect(existsSync(join(image.rootfsDir, 'usr/lib/x86_64-linux-gnu/libstdc++.so.6'))).toBe(true);
    const other = join(shop.dir, 'other-cache');
    expect((await build(dir, python, other)).digest).toBe(image.digest);
    rmSync(other, { recursive: true });
    rmSync(join(dir, 'pkg/.libs/libinner.so.1'));
    shop.lines.length = 0;
    await build(dir, python);
    expect(shop.lines).toContain(
      'fn: native modules ask for libinner.so.1, which this machine lacks: install what the function needs of it',
    );
  });

  it('has the modules of Perl', async () => {
    const script = `use JSON::PP; use POSIX qw(floor); use Digest::SHA qw(sha1_hex); ${answerOnce('encode_json([floor(2.5), sha1_hex("")])')}`;
    const dir = newTree({ 'fn.pl!': `#!/usr/bin/env perl\n${script}\n` });
    const empty = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
    const image = await build(dir, command('./fn.pl'));
    expect(resultsOf(await runBundle(shop, image, [{}]))).toEqual([[2, empty]]);
    expect(resultsOf(await runBundle(shop, await build(dir, command('perl', 'fn.pl')), [{}]))).toEqual([[2, empty]]);
  });

  it('has all of an installation of its own, once for all functions, and the same each time', async (context) => {
    const jdk = ['java', 'javac'].every((name) => findProgram(name) !== null);
    if (!jdk) return context.skip('no JDK is installed here');
    const source = `import java.util.Scanner;
      class A { public static void main(String[] args) throws Exception {
        System.out.println("{\\"type\\":\\"ready\\"}");
        String id = new Scanner(System.in).nextLine().replaceAll(".*\\"id\\":(\\\\d+).*", "$1");
        long mib = Runtime.getRuntime().maxMemory() >> 20;
        String digest = java.security.MessageDigest.getInstance("SHA-256").getAlgorithm();
        String zone = java.time.ZoneId.of("Europe/Zurich").getId();
        System.out.println("{\\"id\\":" + id + ",\\"ok\\":true,\\"result\\":[" + mib + ",\\"" + digest + "\\",\\"" + zone + "\\"],\\"ns\\":[1]}");
      } }`;
    const dir = newTree({ 'A.java': source });
    const more = { ...command('java', '-cp', '.', 'A'), build: ['javac', 'A.java'] };
    const image = await build(dir, more);
    const [result] = resultsOf(await runBundle(shop, image, [{}])) as [[number, string, string]];
    expect(result.slice(1)).toEqual(['SHA-256', 'Europe/Zurich']);
    // Half of the instance's 256 MiB, as a JVM takes of so little; without being told, a quarter of the host's.
    expect(result[0]).toBeGreaterThan(100);
    expect(result[0]).toBeLessThan(140);
    const other = await build(newTree({ 'A.java': source, 'b.txt': '' }), more);
    const jvm = realpathSync(findProgram('java') ?? '');
    expect(other.digest).not.toBe(image.digest);
    expect(statSync(join(other.rootfsDir, jvm)).ino).toBe(statSync(join(image.rootfsDir, jvm)).ino);
    const elsewhere = join(shop.dir, 'other-cache');
    expect((await build(dir, more, elsewhere)).digest).toBe(image.digest);
  });
});
