import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../src/action/heartbeat.ts';

it('says what is going on where nothing else is said, and is silent once stopped', async () => {
  const lines: string[] = [];
  const { log, stop } = startHeartbeat((line) => lines.push(line), 50);
  log('thumbnail · block 3');
  await sleep(300);
  stop();
  const said = lines.length;
  expect(lines.slice(0, 2)).toEqual(['thumbnail · block 3', '… 0 s since: thumbnail · block 3']);
  await sleep(150);
  expect(lines).toHaveLength(said);
});
