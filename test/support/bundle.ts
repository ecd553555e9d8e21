import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Node 20 does not read TypeScript: what is to be a process is bundled.
 * @param script path of a `.ts` file @returns path of the bundle
 */
export async function bundleScript(script: string, directory: string): Promise<string> {
  const file = join(directory, `${basename(script, '.ts')}.mjs`);
  const bundle = await rolldown({
    input: script,
    platform: 'node',
    transform: { define: { __ISOGATE_VERSION__: '"test"' } },
    logLevel: 'silent',
  });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return file;
}
