import { createHash } from 'node:crypto';

/** SHA-256 as 64 hexadecimal digits. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** SHA-256 as `sha256:` and 64 hexadecimal digits. */
export const digestBytes = (data: string | Uint8Array): string => `sha256:${sha256(data)}`;

/** `sha256:…` of a value as JSON; the order of keys counts. */
export const digestJson = (value: unknown): string => digestBytes(JSON.stringify(value));
