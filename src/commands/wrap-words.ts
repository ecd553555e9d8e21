/** Text for a terminal: lines of at most `width` columns, all but the first behind `indent` spaces. A longer word stays whole, and so does a `command`. */
export const wrapWords = (text: string, width: number, indent: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const room = width - indent;
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one, index) => (index === 0 ? one : `${' '.repeat(indent)}${one}`));
};
