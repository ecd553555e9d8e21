/**
 * Takes values of the runner's environment out of what a function wrote, as GitHub does in its logs: it may have printed them,
 * and its last words go into samples and reports.
 */

import { patternOf, type SecretPattern } from './secret-pattern.ts';

/** Shorter ones stand in texts by chance. */
const SHORTEST = 4;
const SHORTEST_BASE64 = 8;
/** Strings in one value that is JSON, such as the key of a service account. */
const MOST_STRINGS = 200;
const HIDDEN = '***';
/** Stands wherever a text was cut (lib/text.ts). */
const CUT = '…';
/** Cuts that are looked at from each end of a text: an honest text has one or two. */
const MOST_CUTS = 8;
/** The rest of an escape in whose middle a text was cut. */
const LONGEST_REST = 8;
const REST = /^[\ufffd\\\w%]{0,8}/;

type Hide = (text: string) => string;

/** Of the environments whose patterns were built before: an instance is started hundreds of times with the same one. */
const built = new WeakMap<Record<string, string>, Hide>();

export function secretHider(taken: Record<string, string>): Hide {
  const hide = built.get(taken) ?? buildHider(taken);
  built.set(taken, hide);
  return hide;
}

function buildHider(taken: Record<string, string>): Hide {
  // The longest first, because one may be a part of another.
  const patterns = [...new Set(Object.values(taken).flatMap(writingsOf))]
    .sort((a, b) => b.length - a.length)
    .map(patternOf);
  const parts = patterns.flatMap((pattern) => pattern.parts);
  if (patterns.length === 0) return (text) => text;
  return (text) => {
    const hidden = parts.reduce((rest, part) => rest.replace(part, HIDDEN), hideAtCuts(text, patterns));
    return hidden === text ? text : hidden.replace(/\*{3}(?:\*{3})+/g, HIDDEN);
  };
}

/** The value, its lines, which may be printed one by one, the strings in it where it is JSON, and all that as Base64. */
function writingsOf(value: string): string[] {
  const texts = [value, ...stringsIn(value)].map((text) => text.trim()).filter((text) => text.length >= SHORTEST);
  const lines = texts.flatMap((text) => text.split(/\r?\n|\r/)).map((line) => line.trim());
  return [...texts, ...lines.filter((line) => line.length >= SHORTEST), ...texts.flatMap(base64Of)];
}

function stringsIn(value: string): string[] {
  let open: unknown[];
  try {
    open = [JSON.parse(value)];
  } catch {
    return [];
  }
  const found: string[] = [];
  while (open.length > 0 && found.length < MOST_STRINGS) {
    const one = open.pop();
    if (typeof one === 'string') found.push(one);
    else if (typeof one === 'object' && one !== null) open.push(...Object.values(one));
  }
  return found;
}

/** What is the same in Base64 whatever stands before and behind, for each of the three places it can begin at. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    const isWhole = (before + bytes.length) % 3 === 0;
    const url = encoded.slice(before === 0 ? 0 : before + 1, isWhole ? undefined : -1);
    return url.length < SHORTEST_BASE64 ? [] : [url, url.replaceAll('-', '+').replaceAll('_', '/')];
  });
}

function hideAtCuts(text: string, patterns: SecretPattern[]): string {
  const parts = text.split(CUT);
  const isLookedAt = (cut: number): boolean => cut < MOST_CUTS || cut >= parts.length - 1 - MOST_CUTS;
  return parts
    .map((part, n) => {
      const isCutBehind = n < parts.length - 1 && isLookedAt(n);
      const rest = isCutBehind ? hideAtEnd(part, patterns) : part;
      return n > 0 && isLookedAt(n - 1) ? hideAtStart(rest, patterns) : rest;
    })
    .join(CUT);
}

function hideAtEnd(text: string, patterns: SecretPattern[]): string {
  const start = Math.min(...patterns.map((pattern) => pattern.startAtEnd(text)));
  return start === text.length ? text : `${text.slice(0, start)}${HIDDEN}`;
}

function hideAtStart(text: string, patterns: SecretPattern[]): string {
  const rest = REST.exec(text)?.[0].length ?? 0;
  for (let skipped = 0; skipped <= Math.min(rest, LONGEST_REST); skipped++) {
    const part = text.slice(skipped);
    const end = Math.max(...patterns.map((pattern) => pattern.lengthAtStart(part)));
    if (end > 0) return `${HIDDEN}${part.slice(end)}`;
  }
  return text;
}
