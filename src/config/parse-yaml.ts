import {
  type Document,
  isAlias,
  isMap,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
} from 'yaml';
import { oneLine } from '../lib/text.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { LineIndex } from './problems.ts';

export const MAX_YAML_BYTES = 256 * 1024;

const findStart = (node: unknown): number | null => (node as Node | null | undefined)?.range?.[0] ?? null;

const isKey = (pair: Pair, key: PropertyKey): boolean => {
  const value = (pair.key as { value?: unknown } | null)?.value ?? pair.key;
  return String(value) === String(key);
};

/** Offset of the deepest key of `path` that the document has. */
const findOffset = (document: Document, path: readonly PropertyKey[]): number | null => {
  let node: unknown = document.contents;
  let offset = findStart(node);
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    let found: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isKey(item, key));
      if (!pair) return offset;
      offset = findStart(pair.key) ?? offset;
      found = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      found = node.items[key];
      offset = findStart(found) ?? offset;
    }
    node = found;
  }
  return offset;
};

/** A value with a tag that only its own tool understands, such as CloudFormation's `!Ref Table`. */
export class TaggedValue {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const MAX_TAG_TEXT = 60;

/** Puts a {@link TaggedValue} in place of everything that has a tag of the document's own tool. */
const replaceTagged = (document: Document, text: string): void => {
  visit(document, {
    Node(_key, node) {
      const tag = 'tag' in node ? node.tag : undefined;
      if (!tag?.startsWith('!')) return undefined;
      const value = node.range ? text.slice(node.range[0], node.range[1]) : '';
      return new Scalar(new TaggedValue(oneLine(`${tag} ${value}`).slice(0, MAX_TAG_TEXT)));
    },
  });
};

/**
 * YAML text as plain values, and the line of each of its keys. This is the only parser of YAML in Isogate, because the
 * text may come from a pull request: more than 256 KiB, nesting over 64 levels, more than 100 alias expansions, tags,
 * duplicate keys, tabs as indentation and several documents are refused. With `keepTags`, for
 * files of other tools, values with a tag become {@link TaggedValue}, and repeated keys and loose indentation are let pass. @throws BadInputError `FILE:LINE:COLUMN: …`
 */
export const parseYaml = (
  text: string,
  source: string,
  options: { keepTags?: boolean } = {},
): { value: unknown; lines: LineIndex } => {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES)
    throw new BadInputError(`${source}: over ${MAX_YAML_BYTES} bytes, the most accepted`);
  if (!isShallow(text)) throw new BadInputError(`${source}: nested deeper than 64 levels`);
  const counter = new LineCounter();
  try {
    const isForeign = options.keepTags === true;
    const document = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      logLevel: 'error',
      strict: !isForeign,
      uniqueKeys: !isForeign,
    });
    const warnings = document.warnings.filter(({ code }) => !(isForeign && code === 'TAG_RESOLVE_FAILED'));
    const errors = document.errors.filter(({ code }) => !(isForeign && code === 'BAD_INDENT'));
    const problem = errors[0] ?? warnings[0];
    if (problem) {
      const { line, col } = counter.linePos(problem.pos[0]);
      throw new BadInputError(`${source}:${line}:${col}: not valid YAML: ${oneLine(problem.message)}`);
    }
    if (isForeign) replaceTagged(document, text);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    const lines: LineIndex = (path) => {
      const offset = findOffset(document, path);
      return offset === null ? null : counter.linePos(offset).line;
    };
    return { value, lines };
  } catch (error) {
    if (error instanceof BadInputError) throw error;
    throw new BadInputError(`${source}: not valid YAML: ${oneLine(messageOf(error))}`, { cause: error });
  }
};

const MAX_DEPTH = 64;

/** How a token of the lexer changes the depth of brackets. */
const flowStep = (token: string): number => {
  if (token === '[' || token === '{') return 1;
  return token === ']' || token === '}' ? -1 : 0;
};

/**
 * False where brackets, or block indicators on one line, nest deeper than 64. The parser of the `yaml` package
 * recurses, and 100 000 open brackets can end the whole process inside the regular expression compiler, which no
 * `catch` sees. Its lexer does not recurse. Nesting by indentation takes space that grows with the square of the depth,
 * so the size limits it.
 */
const isShallow = (text: string): boolean => {
  let flow = 0;
  let onLine = 0;
  for (const token of new Lexer().lex(text)) {
    flow = Math.max(0, flow + flowStep(token));
    if (token === '-' || token === '?' || token === ':') onLine += 1;
    else if (token === ',' || token.startsWith('\n') || token.startsWith('\r')) onLine = 0;
    if (flow > MAX_DEPTH || onLine > MAX_DEPTH) return false;
  }
  return true;
};
