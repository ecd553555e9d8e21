import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { collectLicenses } from '../../scripts/collect-licenses.ts';

it('lists each bundled package once, with its licence text, and no other', async () => {
  const directory = mkdtempSync(join(import.meta.dirname, 'bundle-'));
  try {
    const input = join(directory, 'entry.js');
    writeFileSync(input, "export { parse } from 'yaml'; export { markdownTable } from 'markdown-table';");
    const { output } = await build({
      input,
      platform: 'node',
      plugins: [collectLicenses('licenses.txt')],
      write: false,
    });
    const licenses = output.find(({ fileName }) => fileName === 'licenses.txt');
    const text = licenses?.type === 'asset' ? String(licenses.source) : '';
    expect(text.match(/^---- .*/gm)).toEqual(['---- markdown-table 3.1.0 (MIT)', '---- yaml 2.9.1 (ISC)']);
    expect(text).toContain('Permission to use, copy, modify, and/or distribute this software');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
