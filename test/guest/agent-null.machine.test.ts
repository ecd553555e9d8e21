import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { agent } from './guest-process.ts';

const READY = '{"type":"ready","runtime":"null","version":"1"}';
const run = (input: string) => {
  const { stdout, stderr, status } = spawnSync(agent, ['null'], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { lines: stdout.split('\n').slice(0, -1), stderr, status };
};

describe('agent null', () => {
  it('answers each request at once with as many zeros as repeats', () => {
    const { lines, status } = run(
      '{"id":7,"event":{},"repeat":1}\n{"id":8,"event":{},"repeat":3}\n{"id":9,"event":{},"repeat":0}\n{"id":10}\n',
    );
    expect(lines).toEqual([
      READY,
      '{"id":7,"ok":true,"result":null,"ns":[0]}',
      '{"id":8,"ok":true,"result":null,"ns":[0,0,0]}',
      '{"id":9,"ok":true,"result":null,"ns":[]}',
      '{"id":10,"ok":true,"result":null,"ns":[0]}',
    ]);
    expect(status).toBe(0);
  });

  it('is not misled by what stands inside the event', () => {
    const event = { id: 1, repeat: [9, { repeat: 9 }], text: '\\","id":3,"repeat":4' };
    expect(run(`${JSON.stringify({ event, id: 5, repeat: 2 })}\n`).lines[1]).toBe(
      '{"id":5,"ok":true,"result":null,"ns":[0,0]}',
    );
  });

  it('takes an event of 8 MB', () => {
    const { lines, status } = run(`${JSON.stringify({ id: 1, event: 'x'.repeat(8_000_000), repeat: 1 })}\n`);
    expect({ lines, status }).toEqual({ lines: [READY, '{"id":1,"ok":true,"result":null,"ns":[0]}'], status: 0 });
  });

  it.each([
    ['nothing\n', 'no object with an id'],
    ['{"id":"1"}\n', 'id and repeat are whole numbers, 0 or more'],
    ['{"id":-1}\n', 'id and repeat are whole numbers, 0 or more'],
    ['{"id":1.5}\n', 'id and repeat are whole numbers, 0 or more'],
    ['{"id":99999999999999999999}\n', 'a number is too large'],
    ['{"id":1,"repeat":1000001}\n', 'repeat is over 1000000'],
    ['{"id":1,"event":{}\n', 'no object with an id'],
    ['{"id":1}}\n', 'unbalanced brackets'],
    [`{"id":1,"event":${'['.repeat(128)}`, 'nested too deeply'],
    [`{"id":1,"event":"${'x'.repeat(32 * 2 ** 20)}"}\n`, 'the line is over 32 MiB'],
    ['{"id":1', 'the channel ended in the middle of a line'],
  ])('refuses %.40s', (input, message) => {
    expect(run(input)).toEqual({
      lines: [READY],
      stderr: `isogate-agent: null: malformed request: ${message}\n`,
      status: 2,
    });
  });
});

it('starts where there is little memory, as in a small guest', () => {
  const run = spawnSync('sh', ['-c', 'ulimit -v 16384; exec "$0" null', agent], {
    input: '{"id":1,"event":null,"repeat":1}\n',
    encoding: 'utf8',
  });
  expect(run.stdout).toContain('"id":1,"ok":true');
});
