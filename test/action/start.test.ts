import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'isogate-start-'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

it('an event file that is no JSON is met by readEvent, not by what is loaded before', async () => {
  const path = join(directory, 'event.json');
  writeFileSync(path, '{"pull_request": ');
  vi.stubEnv('GITHUB_EVENT_PATH', path);
  vi.stubEnv('GITHUB_EVENT_NAME', 'pull_request');
  const { run } = await import('../../src/action/action.ts');
  expect(run).toBeTypeOf('function');
  const { readEvent } = await import('../../src/github/read-event.ts');
  expect(() => readEvent({ ...process.env, GITHUB_REPOSITORY: 'acme/thumbs' })).toThrow(`event file ${path}: `);
});
