import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestJson } from '../../lib/digest.ts';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import { useCached } from '../cache/use-cached.ts';
import { MAX_KERNEL_BYTES } from './read-kernel-file.ts';

const MAX_REDIRECTS = 5;
/** For the whole download: 512 MiB at 14 Mbit/s. */
const TIMEOUT_MS = 300_000;

interface Download {
  url: string;
  /** 64 hexadecimal digits. */
  sha256: string;
}

/**
 * Downloads a kernel once; what is in the cache has the digest that was asked for.
 * @returns path of the file
 * @throws NotMeasurableError when it cannot be downloaded, is larger than 512 MiB or is another file than its digest
 *   says
 */
export async function downloadKernel(options: {
  source: Download;
  cacheDir: string;
  log: (line: string) => void;
  timeoutMs?: number;
  /** Ends the download at once; its reason is thrown. */
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { source, timeoutMs = TIMEOUT_MS, signal } = options;
  const sha256 = source.sha256.toLowerCase();
  const { dir } = await useCached({
    kind: 'kernel',
    // Only the content counts, wherever it came from.
    key: digestJson({ format: 1, downloaded: sha256 }),
    cacheDir: options.cacheDir,
    title: `download of kernel ${sha256.slice(0, 12)}`,
    log: options.log,
    async build(into) {
      const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      const found = await fetchInto(join(into, 'kernel'), source.url, limit, timeoutMs).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
      if (found !== sha256)
        throw new NotMeasurableError(
          `the guest kernel from ${source.url} has SHA-256 ${found}, not ${sha256} as the config says: it was not kept`,
        );
    },
  });
  return join(dir, 'kernel');
}

/** @returns the SHA-256 of what was written */
async function fetchInto(file: string, url: string, signal: AbortSignal, timeoutMs: number): Promise<string> {
  const fail = (what: string): Error =>
    new NotMeasurableError(`the guest kernel from ${url} ${what}: download it by hand and name its path`);
  try {
    const body = await follow(url, signal, fail);
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _, done) {
        bytes += chunk.length;
        hash.update(chunk);
        done(bytes > MAX_KERNEL_BYTES ? fail(`is larger than ${MAX_KERNEL_BYTES} bytes`) : null, chunk);
      },
    });
    await pipeline(body, measure, createWriteStream(file, { mode: 0o644 }), { signal });
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof NotMeasurableError) throw error;
    if (signal.aborted) throw fail(`was not there within ${timeoutMs / 1000} s`);
    const { cause } = error as Error;
    throw fail(`could not be downloaded (${messageOf(cause ?? error)})`);
  }
}

async function follow(first: string, signal: AbortSignal, fail: (what: string) => Error): Promise<Readable> {
  let url = new URL(first);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw fail(`leads to ${url.protocol}, which is neither http nor https`);
    const response = await fetch(url, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      if (response.status !== 200 || !response.body) throw await discard(response, fail(`answers ${response.status}`));
      if (Number(response.headers.get('content-length') ?? 0) > MAX_KERNEL_BYTES)
        throw await discard(response, fail(`is larger than ${MAX_KERNEL_BYTES} bytes`));
      return Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    }
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw fail(`redirects more than ${MAX_REDIRECTS} times`);
}

async function discard(response: Response, error: Error): Promise<Error> {
  await response.body?.cancel();
  return error;
}
