import { beforeEach } from 'vitest';

/** Skips every test of the file or suite that calls this, with the reason, where the condition does not hold. */
export function skipUnless(condition: boolean, reason: string): void {
  beforeEach((context) => {
    if (!condition) context.skip(reason);
  });
}

export function needsRoot(): void {
  skipUnless(process.getuid?.() === 0, 'needs root');
}
