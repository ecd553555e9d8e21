/**
 * What Firecracker's published API description (src/firecracker/swagger/firecracker.yaml, as of v1.16.1) says of the
 * bodies that this product could send, as JSON Schema. No body takes a field that is not described (the real one's
 * structures are all `deny_unknown_fields`).
 */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const record = (properties: Record<string, object>, required: string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const tokenBucket = record(
  {
    size: { type: 'integer', minimum: 0 },
    refill_time: { type: 'integer', minimum: 0 },
    one_time_burst: { type: 'integer', minimum: 0 },
  },
  ['size', 'refill_time'],
);
const rateLimiter = record({ bandwidth: tokenBucket, ops: tokenBucket });
const nullable = (schema: object): object => ({ anyOf: [schema, { type: 'null' }] });

const machine = {
  vcpu_count: { type: 'integer', minimum: 1, maximum: 32 },
  mem_size_mib: { type: 'integer', minimum: 1 },
  smt: flag,
  cpu_template: { enum: ['C3', 'T2', 'T2S', 'T2CL', 'T2A', 'V1N1', 'None'] },
  track_dirty_pages: flag,
  huge_pages: { enum: ['None', 'Transparent', '2M'] },
};

const BODIES = {
  'boot-source': record({ kernel_image_path: text, initrd_path: nullable(text), boot_args: nullable(text) }, [
    'kernel_image_path',
  ]),
  drive: record(
    {
      drive_id: text,
      partuuid: nullable(text),
      is_root_device: flag,
      cache_type: { enum: ['Unsafe', 'Writeback'] },
      is_read_only: nullable(flag),
      path_on_host: nullable(text),
      rate_limiter: nullable(rateLimiter),
      io_engine: { enum: ['Sync', 'Async', null] },
      socket: nullable(text),
    },
    ['drive_id', 'is_root_device'],
  ),
  'machine-config': record(machine, ['vcpu_count', 'mem_size_mib']),
  'machine-config-update': { ...record(machine), minProperties: 1 },
  vsock: record(
    { vsock_id: nullable(text), guest_cid: { type: 'integer', minimum: 3, maximum: 2 ** 32 - 1 }, uds_path: text },
    ['guest_cid', 'uds_path'],
  ),
  entropy: record({ rate_limiter: nullable(rateLimiter) }),
  serial: record({ serial_out_path: nullable(text), rate_limiter: nullable(tokenBucket) }),
  logger: record({
    log_path: text,
    level: { enum: ['Error', 'Warning', 'Info', 'Debug', 'Trace', 'Off'] },
    show_level: flag,
    show_log_origin: flag,
    module: text,
  }),
  metrics: record({ metrics_path: text }, ['metrics_path']),
  actions: record({ action_type: { enum: ['FlushMetrics', 'InstanceStart', 'SendCtrlAltDel'] } }, ['action_type']),
  vm: record({ state: { enum: ['Paused', 'Resumed'] } }, ['state']),
} as const;
export type Body = keyof typeof BODIES;

const ajv = new Ajv({ allowUnionTypes: true });
const compiled = new Map<Body, ValidateFunction>();

/** What is wrong with a body, or null. */
export function faultOf(body: Body, value: unknown): string | null {
  let validate = compiled.get(body);
  if (!validate) {
    validate = ajv.compile(BODIES[body]);
    compiled.set(body, validate);
  }
  if (validate(value)) return null;
  return describe(validate.errors?.[0], Object.keys(value ?? {}));
}

/** In the words that serde uses, as far as they name the field. */
function describe(error: ErrorObject | undefined, keys: string[]): string {
  const where = error?.instancePath.split('/').at(-1) ?? '';
  if (error?.keyword === 'additionalProperties') return `unknown field \`${error.params['additionalProperty']}\``;
  if (error?.keyword === 'required') return `missing field \`${error.params['missingProperty']}\``;
  if (error?.keyword === 'enum')
    return `unknown variant at \`${where}\`, expected one of ${error.params['allowedValues']}`;
  return `invalid value at \`${where}\` of ${keys.join(', ')}: ${error?.message}`;
}
