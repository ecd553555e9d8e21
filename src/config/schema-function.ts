import * as v from 'valibot';
import { closed, flag, list, named, text } from './leaf.ts';
import { imageSchema } from './schema-image.ts';
import { budgetsSchema } from './schema-limit.ts';

const EVENTS = 'a path or glob of JSON files, such as events/*.json, or a list of them';
const argv = (what: string) => list(text(what), 1, 256, what);

/** Settings of one function. That it has exactly one of handler and command is checked in parseConfig. */
export const functionSchema = closed({
  handler: v.pipe(
    v.optional(text('src/api.mjs#handler or app.py:handler')),
    v.description('Node: FILE.mjs#EXPORT. Python: FILE.py:NAME. The file is relative to `directory`.'),
  ),
  command: v.pipe(
    v.optional(argv('a list of words, such as ["./fn"]')),
    v.description('Program and arguments that speak the line protocol, run in `directory`.'),
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
  build_network: v.pipe(v.optional(flag(), false), v.description('Whether `build` may use the network.')),
  budgets: v.pipe(
    v.optional(named(budgetsSchema, 'isolation names to limits, such as gvisor: { latency: +40% }'), {}),
    v.description('Limits of this function, over the common ones.'),
  ),
});
export type FunctionDocument = v.InferOutput<typeof functionSchema>;
