import { fromBufferPromise } from 'yauzl';
import { BadInputError, messageOf } from '../model/errors.ts';

const MAX_ENTRIES = 1000;

/**
 * The one file of that name in an archive from somebody else, wherever in it: no path of it is used, and nothing is
 * unpacked to disk.
 * @param what the archive, for messages
 * @throws BadInputError where there is no such file or several, and where the archive is damaged, hostile or too large
 */
export async function readZipFile(archive: Buffer, name: string, maxBytes: number, what: string): Promise<Buffer> {
  const refuse = (why: string): BadInputError =>
    new BadInputError(`${what}: ${why}; accepted: a zip of what one run left in its out directory`);
  try {
    const zip = await fromBufferPromise(archive, { strictFileNames: true });
    if (zip.entryCount > MAX_ENTRIES) throw refuse(`${zip.entryCount} files`);
    const found = [];
    for await (const entry of zip.eachEntry()) if (entry.fileName.split('/').at(-1) === name) found.push(entry);
    const [entry] = found;
    if (entry === undefined || found.length > 1) throw refuse(`${found.length} files called ${name}`);
    if (entry.uncompressedSize > maxBytes)
      throw refuse(`${name} is said to have ${entry.uncompressedSize} bytes, more than ${maxBytes}`);
    const chunks: Buffer[] = [];
    // The library ends with an error where more comes than the archive has said.
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof BadInputError ? error : refuse(messageOf(error).slice(0, 300));
  }
}
