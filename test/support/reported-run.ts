/** What a measuring job uploads, made up: samples with effects that are chosen, and archives of them, also hostile ones. */

import { ZipFile } from 'yazl';

export interface ReportedOptions {
  head: string;
  base: string;
  gate?: string;
  /** As the job that measured says; the base's is what decides. */
  config?: object;
  functions?: string[];
  /** Of runc's cold start over native's, ms. */
  extraMs?: number;
  error?: string;
  header?: object;
}

const PHASES = { created: null, booted: null, ready: null, first_response: null };

/** Twelve blocks of native, its twin and runc. */
export function reportedSamples(options: ReportedOptions): string {
  const { head, base, gate = 'sums', functions = ['sum'], extraMs = 20, error } = options;
  const config = options.config ?? { functions: Object.fromEntries(functions.map((name) => [name, {}])) };
  const header = {
    ...{ type: 'header', schema: 'isogate.samples/1', runId: 'r1', gate, commit: head, seed: 7 },
    config: { name: gate, isolations: { native: {}, runc: {} }, ...config },
    change: {
      ...{ head, base, basis: 'merge-base' },
      functions: Object.fromEntries(functions.map((name) => [name, { state: 'same-image', digest: 'sha256:ab' }])),
    },
    workflow: { repository: 'acme/thumbs', run: 98, attempt: 2, pullRequest: 7, baseRef: 'main' },
    fingerprint: { kernel: '6.12' },
    ...options.header,
  };
  const instances = functions.flatMap((name) =>
    Array.from({ length: 12 }, (_, block) => block).flatMap((block) =>
      (['control', 'twin', 'treatment'] as const).map((arm, position) => {
        const ms = 100 + ((block * 7 + position * 3) % 5) / 10 + (arm === 'treatment' ? extraMs : 0);
        const failed = error !== undefined && arm === 'treatment';
        return {
          ...{ type: 'instance', block, position, function: name, isolation: arm === 'treatment' ? 'runc' : 'native' },
          ...{ arm, status: failed ? 'handler-error' : 'ok', phases_ms: PHASES },
          ...(failed ? { phase: 'invoke', error } : { metrics: { cold_start_ms: ms }, latency_ms: [1] }),
        };
      }),
    ),
  );
  return [header, ...instances, { type: 'end', reason: 'decided' }].map((one) => `${JSON.stringify(one)}\n`).join('');
}

export async function zipOf(files: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The same archive, whose only entry says another name or size of what it unpacks to; offsets by APPNOTE.TXT 4.3.12. */
export function forgeEntry(archive: Buffer, { name, bytes }: { name?: string; bytes?: number }): Buffer {
  const forged = Buffer.from(archive);
  const at = forged.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  if (bytes !== undefined) forged.writeUInt32LE(bytes, at + 24);
  if (name !== undefined) {
    const length = forged.readUInt16LE(at + 28);
    if (name.length !== length) throw new Error(`a name of ${length} characters is needed`);
    forged.write(name, at + 46, 'latin1');
  }
  return forged;
}
