import type { ImageSource } from '../model/config.ts';
import { allowedPath } from './allowed-path.ts';
import type { Report } from './problem.ts';
import type { ImageDocument } from './schema-image.ts';
import type { Place } from './workspace.ts';

/** Where a function's root file system comes from. A path that is only decided on again (no place) is not looked for. */
export const resolveImage = (
  image: ImageDocument,
  place: Place | null,
  allowed: () => string[],
  report: Report,
): ImageSource => {
  if (image === 'host') return { kind: 'host' };
  if ('docker' in image) return { kind: 'docker', reference: image.docker };
  const below: Report = (path, message) => report(['image', ...path], message);
  const pathOf = (key: string, path: string, kinds: readonly ('file' | 'directory')[]) =>
    place ? allowedPath(key, path, kinds, place, allowed, below) : path;
  if ('rootfs' in image) return { kind: 'rootfs', path: pathOf('rootfs', image.rootfs, ['directory', 'file']) };
  return { kind: 'dockerfile', path: pathOf('dockerfile', image.dockerfile, ['file']) };
};
