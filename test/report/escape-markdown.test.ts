import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, escapeMarkdown, plainText } from '../../src/report/escape.ts';

const render = (markdown: string): string => micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });

/** What a reader sees: tags kept, entities and the zero-width breaks undone. */
const seen = (html: string): string =>
  html
    .replaceAll('\u200b', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** Text that is likelier to hurt than a uniform string. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'`*_[]()<>&|~$!#@:+-=.\\/ \n\t\u001b\u202e"\'1aW'),
      fc.string({ maxLength: 4 }),
      fc.constantFrom(
        'http://a.b',
        'www.a.b',
        '![x](y)',
        '<img src=x>',
        '@octocat',
        '#1',
        'GH-1',
        '- ',
        '1. ',
        '---',
        ':tada:',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('escapeMarkdown', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['![x](y)', '\\!\\[x\\](y)'],
    ['a|b', 'a&#124;b'],
    ['cc @octocat', 'cc @&#8203;octocat'],
    ['see #12 and GH-12', 'see #&#8203;12 and GH-&#8203;12'],
    ['https://evil.test', 'https:&#8203;//evil.test'],
    ['www.evil.test', 'www&#8203;.evil.test'],
    [':tada:', ':&#8203;tada:'],
    ['$x$', '&#36;x&#36;'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['# title', '\\# title'],
    ['+1.30% at 5.07 ms', '+1.30% at 5.07 ms'],
    ['TypeError: x is not\na function', 'TypeError: x is not a function'],
  ])('writes %j as %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it('shows exactly the characters, and makes no element, whatever they are', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(plainText(text) !== '');
        expect(seen(render(escapeMarkdown(text)))).toBe(`<p>${plainText(text)}</p>`);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('leaves nothing that GitHub links after rendering', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(render(escapeMarkdown(text))).not.toMatch(/@[a-z]|#\d|GH-\d|:\/\/|www\.\w/i);
      }),
      { numRuns: 3000, seed: 2 },
    );
  });

  it('strips terminal colours and text that reorders, and cuts long text', () => {
    expect(escapeMarkdown('\u001b[31mred\u001b[0m \u202egnp.exe')).toBe('red gnp.exe');
    expect(escapeMarkdown('x'.repeat(400), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('codeSpan', () => {
  it('is one code element with the same characters, in a table cell too', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(plainText(text) !== '');
        const table = `| a | b |\n| - | - |\n| ${codeSpan(text, true)} | z |`;
        expect(seen(render(codeSpan(text, false)))).toBe(`<p><code>${plainText(text)}</code></p>`);
        const shown = text.includes('|') ? plainText(text) : `<code>${plainText(text)}</code>`;
        expect(seen(render(table))).toContain(`<td>${shown}</td>\n<td>z</td>`);
      }),
      { numRuns: 3000, seed: 3 },
    );
  });
});

describe('codeBlock', () => {
  it('cannot be ended from inside', () => {
    const html = render(codeBlock('one\n```\n</details>\n````\n# title'));
    expect(html).toBe('<pre><code class="language-text">one\n```\n &lt;/details&gt;\n````\n# title\n</code></pre>');
  });
});
