const QUOTED: Record<string, RegExp> = {
  '"': /"(?:\\.|[^"\\\n])*"/y,
  "'": /'(?:\\.|[^'\\\n])*'/y,
  '`': /`(?:\\.|[^`\\])*`/y,
};

/** Where no quote of this kind can end any more: after the line, or after the text for those that go over lines. */
const endOfTry = (text: string, quote: string, at: number): number => {
  const end = quote === '`' ? -1 : text.indexOf('\n', at);
  return end === -1 ? text.length : end;
};

/**
 * The text without its comments, so that code that is commented out counts for nothing. Strings stay. It takes time in
 * proportion to the text, also where nothing that begins has an end: what was looked for in vain is not looked for again.
 */
export const withoutComments = (text: string): string => {
  const kept: string[] = [];
  const inVain = new Map<string, number>();
  let from = 0;
  const begins = /["'`]|\/[*/]/g;
  for (let found = begins.exec(text); found; found = begins.exec(text)) {
    const { index } = found;
    const [mark] = found;
    let end = index + 1;
    if (mark === '//' && !/[:\\]/.test(text[index - 1] ?? '')) {
      end = endOfTry(text, mark, index);
      kept.push(text.slice(from, index));
      from = end;
    } else if (mark === '/*' && index >= (inVain.get(mark) ?? 0)) {
      const close = text.indexOf('*/', index + 2);
      if (close === -1) inVain.set(mark, text.length);
      else {
        end = close + 2;
        kept.push(text.slice(from, index));
        from = end;
      }
    } else if (index >= (inVain.get(mark) ?? 0)) {
      const quoted = QUOTED[mark];
      if (quoted) quoted.lastIndex = index;
      if (quoted?.test(text)) end = quoted.lastIndex;
      else inVain.set(mark, endOfTry(text, mark, index));
    }
    begins.lastIndex = end;
  }
  return [...kept, text.slice(from)].join('');
};
