/** Why an engine could not build a Dockerfile, in one message that begins with what is to be done. */

import { shortenInMiddle } from '../../lib/text.ts';
import { lackedNetwork } from '../build/build-advice.ts';
import type { BuildEnd } from '../build/spawn.ts';

/** An image that a Dockerfile names, and why the engine could not pull it. */
export interface UnpulledImage {
  image: string;
  why: string;
}

const LONGEST_REASON = 150;

/**
 * @param unpulled images that are neither here nor could be pulled; one that the build did not come to is none of its business
 */
export function explainBuild(
  { name, engine, hasNetwork }: { name: string; engine: string; hasNetwork: boolean },
  { how, words, tail }: Pick<BuildEnd, 'how' | 'words' | 'tail'>,
  unpulled: UnpulledImage[],
): string {
  const lost = unpulled.find(({ image }) => tail.includes(image));
  if (lost !== undefined)
    return `image of ${name}: the base image ${lost.image} is not here and cannot be pulled: load it, or correct the Dockerfile (${engine}: ${shortenInMiddle(lost.why, LONGEST_REASON)})`;
  const offline =
    !hasNetwork && lackedNetwork(tail) ? ' (its steps have no network: set build_network: true to allow it)' : '';
  return `image of ${name}: ${engine} build ${how}${offline}: ${words}`;
}
