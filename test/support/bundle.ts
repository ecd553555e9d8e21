import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Node 20 does not read TypeScript: what is to be a process is bundled. @returns path of the bundle */
export async function bundleScript(script: string, directory: string): Promise<string> {
  const file = join(directory, `${script}.mjs`);
  const bundle = await rolldown({
    input: join(import.meta.dirname, `${script}.ts`),
    platform: 'node',
    transform: { define: { __ISOGATE_VERSION__: '"test"' } },
    logLevel: 'silent',
  });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return file;
}
