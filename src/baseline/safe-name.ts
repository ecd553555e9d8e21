/** A file name for any string: other than letters, digits, `_` and `-`, each byte becomes `%XX`; different stay different. */
export const safeName = (name: string): string =>
  Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
