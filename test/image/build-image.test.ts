import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { functionConfig, openWorkshop, RESOURCES, type Workshop, writeTree } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => {
  shop.remove();
  expect(existsSync(shop.dir)).toBe(false);
});

const build = (config: FunctionConfig, cacheDir = shop.cacheDir): Promise<FunctionImage> =>
  buildImage({ ...shop, cacheDir, function: config, resources: RESOURCES, kernel: null });

const HANDLER = { file: 'fn.mjs', export: 'handler' };

describe('what cannot be an image', () => {
  const refused = (files: Record<string, string>, command: string[]) => {
    const dir = writeTree(join(shop.dir, `refused-${Math.random()}`), files);
    return build(functionConfig(dir, { name: 'odd', runtime: 'command', command })).catch(
      (error: Error) => `${error.name}: ${error.message}`,
    );
  };
  it.each([
    [
      { a: '' },
      ['./nothing'],
      'BadInputError: functions.odd.command: ./nothing is not in the function’s directory: name a program that is there',
    ],
    [
      { a: '' },
      ['no-such-program-x'],
      'BadInputError: functions.odd.command: no-such-program-x is not in the function’s directory and PATH: name a program that is there',
    ],
    [
      { a: '' },
      ['/etc/shadow'],
      'BadInputError: functions.odd.command: /etc/shadow is not in the function’s directory: name a program that is there',
    ],
    [
      { a: '' },
      ['.'],
      'BadInputError: functions.odd.command: . is a directory, not a program: name a program that is there',
    ],
    [
      { 'bin/a': '' },
      ['bin'],
      'BadInputError: functions.odd.command: bin is a directory, not a program: name a program that is there',
    ],
    [
      { 'fn!': '#!/etc/shadow\n' },
      ['./fn'],
      'BadInputError: functions.odd.command: fn asks for #!/etc/shadow, which is not here: install it',
    ],
    [
      { 'fn!': '#!/usr/../etc/shadow\n' },
      ['./fn'],
      'BadInputError: functions.odd.command: fn asks for #!/usr/../etc/shadow, which is not here: install it',
    ],
  ])('%j with %j', async (files, command, message) => {
    expect(await refused(files as unknown as Record<string, string>, command)).toBe(message);
  });

  it('names a directory that is not there', async () => {
    const missing = functionConfig('/no/such/dir', { name: 'odd', handler: HANDLER });
    await expect(build(missing)).rejects.toThrow('functions.odd: /no/such/dir cannot be read (ENOENT at /no/such/dir)');
  });
});
