/** Regular expressions that find a secret however it was written: as it is, in JSON at any depth, in a URL, in HTML. */

/** Some backslashes and the character behind them: only together can it be said how they are escaped. */
interface Token {
  backslashes: number;
  /** Empty for backslashes at the end. */
  character: string;
}

export interface SecretPattern {
  /** All places where it, or a part of a long one, stands. */
  parts: RegExp[];
  /** Where a beginning of it ends the text; the text's length where none does. */
  startAtEnd(text: string): number;
  /** How much of the text's beginning is an end of it. */
  lengthAtStart(text: string): number;
}

/** Characters of a secret that are found where a text was cut; fewer stand in texts by chance. */
const FEWEST_AT_CUT = 4;
/** Longer secrets are looked for in parts, as an engine takes no regular expression of any length. */
const PART_TOKENS = 256;
/** What is left of an escape in whose middle the text was cut. */
const CUT_ESCAPE = /^[\\%&][\\\w%#]{0,16}$/;

const NAMED: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f', '\v': 'v', '\0': '0' };
const OTHER_FORMS: Record<string, string> = {
  '"': '&quot;|&#34;',
  "'": '&#39;|&#x27;|&apos;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // In a JSON Pointer, as a schema's messages have it.
  '/': '~1',
  '~': '~0',
};

export function patternOf(secret: string): SecretPattern {
  const tokens = tokensOf(secret);
  const steps = tokens.map(stepOf);
  const first = new RegExp(searchOf(tokens.slice(0, FEWEST_AT_CUT)), 'g');
  const isBeginning = (text: string, start: number): boolean => {
    let at = start;
    for (const step of steps) {
      const next = step(text, at);
      if (next === NOT_THERE) return at === text.length || CUT_ESCAPE.test(text.slice(at, at + 20));
      at = next;
    }
    return at === text.length;
  };
  return {
    parts: partsOf(tokens).map((part) => new RegExp(searchOf(part), 'g')),
    startAtEnd(text) {
      first.lastIndex = 0;
      for (let found = first.exec(text); found !== null; found = first.exec(text)) {
        if (isBeginning(text, found.index)) return found.index;
        first.lastIndex = found.index + 1;
      }
      return text.length;
    },
    lengthAtStart(text) {
      for (let n = 0; n <= steps.length - FEWEST_AT_CUT; n++) {
        let at = 0;
        for (let i = n; i < steps.length && at !== NOT_THERE; i++) at = steps[i]?.(text, at) ?? NOT_THERE;
        if (at !== NOT_THERE) return at;
      }
      return 0;
    },
  };
}

const NOT_THERE = -1;

/** @returns where the token ends that begins at a place of the text */
type Step = (text: string, at: number) => number;

/** One for each sort of token: a text has thousands of few sorts. */
const knownSteps = new Map<string, Step>();

function stepOf(token: Token): Step {
  const source = sourceOf(token);
  const step =
    knownSteps.get(source) ?? (source.length === 1 ? stepOverCharacter(source) : stepOver(new RegExp(source, 'y')));
  knownSteps.set(source, step);
  return step;
}

const stepOverCharacter =
  (character: string): Step =>
  (text, at) =>
    text[at] === character ? at + 1 : NOT_THERE;

const stepOver =
  (pattern: RegExp): Step =>
  (text, at) => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : NOT_THERE;
  };

/** From its first backslash: to begin at each of a row of them would take quadratic time. */
const searchOf = (tokens: Token[]): string =>
  `${tokens[0]?.backslashes ? String.raw`(?<!\\)` : ''}${tokens.map((token, n) => sourceOf(token, n === 0)).join('')}`;

const tokensOf = (secret: string): Token[] =>
  [...secret.matchAll(/(\\*)([^\\]|$)/gu)]
    .map(([, backslashes = '', character = '']) => ({ backslashes: backslashes.length, character }))
    .filter(({ backslashes, character }) => backslashes > 0 || character !== '');

/** Parts begin with a plain character where there is one, so that no backslashes are left between them. */
function partsOf(tokens: Token[]): Token[][] {
  const parts: Token[][] = [];
  let part: Token[] = [];
  for (const [n, token] of tokens.entries()) {
    const isEnough = part.length >= (isPlain(token) ? PART_TOKENS : 2 * PART_TOKENS);
    if (isEnough && tokens.length - n >= PART_TOKENS / 4) {
      parts.push(part);
      part = [];
    }
    part.push(token);
  }
  return [...parts, part];
}

const isPlain = ({ backslashes, character }: Token): boolean => backslashes === 0 && /^[a-z0-9]$/i.test(character);

/**
 * Each level of JSON doubles backslashes, so that any number from the own one stands for them. No two repetitions stand side
 * by side: what a function prints cannot make the search slow.
 */
function sourceOf({ backslashes, character }: Token, isFirst = false): string {
  const more = isFirst && backslashes === 0 ? '' : String.raw`\\*`;
  const atLeast = (count: number): string => String.raw`\\`.repeat(count) + more;
  const percents = '%5[cC]'.repeat(backslashes);
  if (character === '') return `(?:${atLeast(backslashes)}|${percents})`;
  if (/^[a-z0-9]$/i.test(character))
    return backslashes === 0 ? character : `(?:${atLeast(backslashes)}|${percents})${character}`;
  const code = character.codePointAt(0) ?? 0;
  const escaped = atLeast(backslashes + 1);
  const units = [...Array(character.length).keys()].map((n) => `u${hexOf(character.charCodeAt(n), 4)}`);
  const utf8 = [...Buffer.from(character)].map((byte) => `%${hexOf(byte, 2)}`).join('');
  const forms = [
    // Backslashes also where there need be none, as in `\/`.
    `${code < 0x80 || backslashes > 0 ? atLeast(backslashes) : ''}${literal(character)}`,
    `${escaped}${units.join(String.raw`\\+`)}`,
    `${percents}${utf8}`,
  ];
  if (code < 0x100) forms.push(`${escaped}x${hexOf(code, 2)}`);
  const name = NAMED[character];
  if (name !== undefined) forms.push(`${escaped}${name}`);
  if (backslashes === 0 && character === ' ') forms.push(String.raw`\+`);
  if (backslashes === 0 && OTHER_FORMS[character] !== undefined) forms.push(OTHER_FORMS[character]);
  return `(?:${forms.join('|')})`;
}

const literal = (character: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character);

/** Digits in either case. */
const hexOf = (code: number, digits: number): string =>
  code
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
