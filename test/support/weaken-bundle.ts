/** A copy of an image whose OCI bundle was tampered with. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionImage } from '../../src/model/image.ts';

export interface OciConfig {
  hostname?: string;
  process: { capabilities: Record<string, string[]>; user: { uid: number; gid: number } };
  linux: { namespaces: { type: string }[]; seccomp?: unknown };
}

/** `directory` is the caller's to remove. */
export function weakenBundle(
  image: FunctionImage,
  directory: string,
  change: (config: OciConfig) => void,
): FunctionImage {
  const config = JSON.parse(readFileSync(join(image.bundleDir, 'config.json'), 'utf8')) as OciConfig;
  change(config);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  return { ...image, bundleDir: directory };
}
