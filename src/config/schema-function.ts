import * as v from 'valibot';
import { envSchema } from './env.ts';
import { expectSchema } from './expect.ts';
import { httpSchema } from './http.ts';
import { argv, closed, flag, list, matching, named, text } from './leaf.ts';
import { budgetsSchema } from './limits.ts';
import { show } from './problems.ts';

const FORMS =
  'host, { rootfs: a directory or tar }, { dockerfile: a path }, or { docker: an image reference, such as node:24-slim }';
/**
 * The form in which registries name images (distribution/reference). A leading dash is refused because it could be
 * taken for an option, and so are Podman's transports with a path of this machine (`dir:/…`, `docker-archive:/…`).
 */
const REFERENCE =
  /^(?=.{1,512}$)[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]+(?=\/))?(\/[A-Za-z0-9][A-Za-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$/;

/** `host`, or a mapping with exactly one of the keys. */
export const imageSchema = () =>
  v.union(
    [
      v.literal('host'),
      closed({ rootfs: text('a directory or tar') }),
      closed({ dockerfile: text('a path') }),
      closed({ docker: matching(REFERENCE, 'an image reference, such as node:24-slim') }),
    ],
    (issue) => `${show(issue.input)}: not accepted; accepted: ${FORMS}`,
  );
export type ImageDocument = v.InferOutput<ReturnType<typeof imageSchema>>;

const EVENTS = 'a path or glob of JSON files, such as events/*.json, or a list of them';

/** A name, or an absolute path. */
const PROGRAM_PATTERN = /^(?:(?:\/[\w.+@[-]+)+|[\w+[][\w.+@[-]*)$/;
const PROGRAM_FORMS = 'a list of names of programs or absolute paths, such as [dd, sed]';

/** A comment of .gitignore would match nothing. */
const EXCLUDE = /^(?!#)(?=.*\S)[^\0\r\n]{1,1000}$/;
const EXCLUDE_FORMS = 'a pattern as in .gitignore, such as *.log, /data/ or !.env';

/** Settings of one function. parseConfig checks that it has exactly one of handler, command and http. */
export const functionSchema = closed({
  handler: v.pipe(
    v.optional(text('src/api.mjs#handler or app.py:handler')),
    v.description('Node: FILE.mjs#EXPORT. Python: FILE.py:NAME. The file is relative to `directory`.'),
  ),
  command: v.pipe(
    v.optional(argv('a list of words, such as ["./fn"]')),
    v.description('Program and arguments that speak the line protocol, run in `directory`.'),
  ),
  http: v.pipe(
    v.optional(httpSchema),
    v.description('A function that is an HTTP server: it is started, waited for, and called inside its isolation.'),
  ),
  directory: v.pipe(
    v.optional(text('a path relative to the config file'), '.'),
    v.description('Tree of the function, relative to the config file: what is copied into its image.'),
  ),
  events: v.pipe(
    v.optional(v.union([text(EVENTS), list(text(EVENTS), 1, 1000, EVENTS)], `not accepted; accepted: ${EVENTS}`)),
    v.description('JSON files relative to the config file, rotated through in order. Default: one event, {}.'),
  ),
  image: v.pipe(
    v.optional(imageSchema(), 'host'),
    v.description(
      "Where the root filesystem comes from. host: this machine's language runtime. Or one of rootfs (directory or tar), dockerfile (built by the engine present), docker (reference of an image).",
    ),
  ),
  build: v.pipe(
    v.optional(argv('a list of words, such as ["npm", "ci", "--omit=dev"]')),
    v.description('Command run once per revision in a copy of `directory`, in a sandbox.'),
  ),
  programs: v.pipe(
    v.optional(list(matching(PROGRAM_PATTERN, PROGRAM_FORMS), 0, 64, PROGRAM_FORMS), []),
    v.description('Programs of this machine that the function starts, such as [dd, sed]; for image: host.'),
  ),
  build_network: v.pipe(v.optional(flag(), false), v.description('Whether `build` may use the network.')),
  exclude: v.pipe(
    v.optional(list(matching(EXCLUDE, EXCLUDE_FORMS), 0, 200, `a list of up to 200 patterns: ${EXCLUDE_FORMS}`), []),
    v.description(
      'Patterns as in .gitignore of what is left out of the image, over the default ones; ! in front brings back.',
    ),
  ),
  exclude_from: v.pipe(
    v.optional(text('a file of patterns, such as .gitignore')),
    v.description('A file of such patterns, relative to the config file. Those of `exclude` count more.'),
  ),
  env: v.pipe(
    v.optional(envSchema),
    v.description('Variables of the function, the same in every arm. Their values are in no report and no samples.'),
  ),
  expect: v.pipe(
    v.optional(expectSchema()),
    v.description(
      'What every answer must be: any, { value: JSON } or { schema: JSON Schema }. Default: where the answer is an object with a number statusCode, that is below 400.',
    ),
  ),
  deterministic: v.pipe(
    v.optional(flag()),
    v.description(
      'Whether the function answers the same to the same event, so that arms that answer differently are found. Default: true.',
    ),
  ),
  budgets: v.pipe(
    v.optional(named(budgetsSchema, 'isolation names to limits, such as gvisor: { latency: +40% }'), {}),
    v.description('Limits of this function, over the common ones.'),
  ),
});
export type FunctionDocument = v.InferOutput<typeof functionSchema>;
