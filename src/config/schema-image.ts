import * as v from 'valibot';
import { closed, matching, text } from './leaf.ts';
import { show } from './show.ts';

const FORMS =
  'host, { rootfs: a directory or tar }, { dockerfile: a path }, or { docker: an image reference, such as node:24-slim }';
/**
 * As registries name images (distribution/reference): no dash first, so that none is taken for an option, and none of
 * Podman's transports with a path of this machine (`dir:/…`, `docker-archive:/…`).
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
