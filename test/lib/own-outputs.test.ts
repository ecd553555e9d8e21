import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listOwnOutputs } from '../../src/lib/own-outputs.ts';

it('names the files that output goes to, and no device, removed file or closed descriptor', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-outputs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [kept, removed, device] = [
    openSync(join(directory, 'gate.err'), 'w'),
    openSync(join(directory, 'removed'), 'w'),
    openSync('/dev/null', 'w'),
  ];
  rmSync(join(directory, 'removed'));
  expect(listOwnOutputs([kept, removed, device])).toEqual([join(directory, 'gate.err')]);
  for (const fd of [kept, removed, device]) closeSync(fd);
  expect(listOwnOutputs([kept])).toEqual([]);
});
