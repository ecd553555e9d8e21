import { plainText } from './plain-text.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Untrusted text for HTML, as content and inside quoted attributes alike. */
export const escapeHtml = (text: string, max?: number): string =>
  plainText(text, max).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
