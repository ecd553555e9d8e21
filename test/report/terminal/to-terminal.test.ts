import { describe, expect, it } from 'vitest';
import { renderForTerminal } from '../../../src/report/render-report.ts';
import { createPaint } from '../../../src/report/terminal/paint.ts';
import { fitColumns, renderTable } from '../../../src/report/terminal/terminal-table.ts';
import { fixture } from '../fixture.ts';

const render = (name: string, width: number, hasColor = false): string =>
  renderForTerminal(fixture(name), { width, proseWidth: Math.min(width, 100), hasColor });

describe('a recorded run', () => {
  it('in 80 columns: amounts below each other, reasons below the table', () => {
    expect(render('not-measured', 80)).toBe(`✖ Isogate api: not measured (1 of 3 limits), which fails the run

thumbnail under gvisor: latency could not be measured: gvisor is required and
cannot run here: runsc is not installed

What to do

• To make gvisor work on this runner: scripts/setup-runner gvisor

Overheads

  Isolation    Latency overhead  Budget  Cold start      Memory  Verdict
───────────────────────────────────────────────────────────────────────────────
thumbnail
  native              = 1.01 ms       –   = 50.5 ms  = 30.0 MiB  control
  runc                   +1.30%     +5%    +70.0 ms     ~+3.33%  ✔ pass
             (+0.40% to +2.20%)           of +150ms  = 31.0 MiB
                                           = 121 ms
  gvisor           not resolved    +15%           –           –  ✖ not measured
                                                                 [1]

[1] runsc is not installed; fix: scripts/setup-runner gvisor

   no cost                    limit
      ┆ ├────┼───┤              ║                ✔ thumbnail · runc · latency
      ┆          ├┼┤            ║                ✔ thumbnail · runc · cold start

Overheads are against native within the same blocks. “=” is the median itself.
“~” is an estimate without an interval. “At most” and “at least” are intervals
with only one end.

Of 3 limits of 1 function, 1 could not be measured and 2 are kept; the first to
look at is latency of thumbnail under gvisor.
Compared with native, runc costs +1.30% a call and +70.0 ms a cold start.
gvisor could not be measured.
`);
  });

  it('in 140 columns: a row on one line, prose in 100', () => {
    expect(render('emulated', 140)).toBe(`✔ Isogate api: pass; 1 of 5 limits not measured

All 4 gated comparisons are within the limit: the upper end of each interval lies below it; 1 budget
was not measured: the isolation is emulated in software.

Overheads

  Isolation                       Latency overhead            Budget                   Cold start                          Memory  Verdict
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
thumbnail
  native                                 = 1.01 ms                 –                    = 50.5 ms                      = 30.0 MiB  control
  runc                   +1.30% (+0.40% to +2.20%)               +5%  +70.0 ms of +150ms = 121 ms              ~+3.33% = 31.0 MiB  ✔ pass
  gvisor                 +8.00% (+6.00% to +10.0%)              +15%              ~4.60x = 233 ms  +22.0 MiB of +40MiB = 52.0 MiB  ✔ pass
  qemu-microvm emulated                     ~8.40x  +10% (not gated)             ~86.1x = 4350 ms               ~3.20x = 96.0 MiB  not gated

   no cost                    limit
      ┆ ├────┼───┤              ║                ✔ thumbnail · runc · latency
      ┆          ├┼┤            ║                ✔ thumbnail · runc · cold start
      ┆         ├───┼──┤        ║                ✔ thumbnail · gvisor · latency
      ┆            ├┼┤          ║                ✔ thumbnail · gvisor · memory

Overheads are against native within the same blocks. “=” is the median itself. “~” is an estimate
without an interval. “At most” and “at least” are intervals with only one end.

Warnings

• emulated: qemu-microvm ran under software emulation (tcg).

All 4 limits of 1 function are kept.
Compared with native, runc costs +1.30% a call and +70.0 ms a cold start; gvisor costs +8.00% a
call.
qemu-microvm is emulated here, which says nothing about real hardware.
`);
  });

  it.each([40, 60, 80, 100, 140, 200])('fits %i columns', (width) => {
    for (const name of ['pass', 'fail', 'inconclusive', 'emulated', 'no-baseline', 'fail-on-base']) {
      const longest = Math.max(
        ...render(name, width)
          .split('\n')
          .map(({ length }) => length),
      );
      expect([name, longest <= width]).toEqual([name, true]);
    }
  });
});

it('has the same words with colour as without, and no colour where none is wanted', () => {
  const colored = render('fail', 80, true);
  const ESC = String.fromCharCode(27);
  expect(colored).toContain(`${ESC}[31m✖ Isogate api: fail, by this change${ESC}[39m`);
  expect(colored.replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '')).toBe(render('fail', 80));
  expect(render('fail', 80)).not.toContain(ESC);
});

it('leaves prose whole where nobody says how wide it may be', () => {
  const text = renderForTerminal(fixture('fail'), { width: 80, proseWidth: null, hasColor: false });
  expect(text).toContain(
    '\nthumbnail under gvisor: latency overhead is +31.0% (99% interval +27.0% to +35.0%), above the limit of +15% with its whole interval. This change made it worse.\n',
  );
});

it('lets no text of others move the cursor or look like a line of its own', () => {
  const text = render('hostile', 80);
  const seen = [...text].filter((character) => /\p{C}/u.test(character) && character !== '\n');
  expect(seen).toEqual([]);
});

it('ends with three sentences', () => {
  const lastOf = (name: string): string[] => {
    const look = { width: 120, proseWidth: null, hasColor: false };
    return renderForTerminal(fixture(name), look).trimEnd().split('\n').slice(-3);
  };
  expect(lastOf('fail')).toEqual([
    'Of 5 limits of 1 function, 2 are broken and 3 are kept; the first to look at is latency of thumbnail under gvisor (+31.0% against a limit of +15%).',
    'Compared with native, runc costs +1.30% a call and +70.0 ms a cold start; gvisor costs +31.0% a call.',
    'Every isolation was measured and held against a limit.',
  ]);
  expect(lastOf('emulated').at(-1)).toBe('qemu-microvm is emulated here, which says nothing about real hardware.');
});

describe('a table', () => {
  const sheet = (width: number) => ({ width, proseWidth: width, paint: createPaint(false) });
  const table = { kind: 'table' as const, head: ['Where', 'Reason'], align: ['l', 'l'] as ('l' | 'r')[] };

  it('breaks the cells of its widest column between words', () => {
    const rows = [['here', 'the new decoder reads in small pieces']];
    expect(renderTable({ ...table, rows }, sheet(24))).toEqual([
      'Where  Reason',
      '────────────────────────',
      'here   the new decoder',
      '       reads in small',
      '       pieces',
    ]);
  });

  it('is a list where a word is wider than the terminal allows', () => {
    const rows = [['here', 'sha256:0123456789abcdef']];
    expect(renderTable({ ...table, rows }, sheet(20))).toEqual([
      '  here',
      '    Reason  sha256:0',
      '            12345678',
      '            9abcdef',
    ]);
  });

  it('has each reason once', () => {
    const because = (reason: string) => ['no', { reason }];
    const rows = [
      ['a', because('x is missing')],
      ['b', because('y is missing')],
      ['c', because('x is missing')],
    ];
    expect(renderTable({ ...table, rows }, sheet(30)).slice(2)).toEqual([
      'a      no [1]',
      'b      no [2]',
      'c      no [1]',
      '',
      '[1] x is missing',
      '[2] y is missing',
    ]);
  });

  it('takes from the widest columns first', () => {
    expect(fitColumns([5, 30, 12], [5, 8, 4], 60)).toEqual([5, 30, 12]);
    expect(fitColumns([5, 30, 12], [5, 8, 4], 40)).toEqual([5, 23, 12]);
    expect(fitColumns([5, 30, 12], [5, 8, 4], 21)).toEqual([5, 8, 8]);
    expect(fitColumns([5, 30, 12], [5, 8, 4], 16)).toBeNull();
  });
});
