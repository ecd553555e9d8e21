/** Firecracker's options (src/firecracker/src/main.rs, v1.16.1); one that is not known ends it with code 153. */

const WITH_VALUE = [
  'api-sock',
  'id',
  'seccomp-filter',
  'start-time-us',
  'start-time-cpu-us',
  'parent-cpu-time-us',
  'config-file',
  'metadata',
  'log-path',
  'level',
  'module',
  'metrics-path',
  'describe-snapshot',
  'http-api-max-payload-size',
  'mmds-size-limit',
];
const FLAGS = [
  'no-seccomp',
  'no-api',
  'show-level',
  'show-log-origin',
  'boot-timer',
  'version',
  'snapshot-version',
  'enable-pci',
];
const MAX_ID = 64;

export type Options = Record<string, string | true>;

/** @throws Error with what is wrong */
export function parseOptions(args: readonly string[]): Options {
  const options: Options = {};
  for (let at = 0; at < args.length; at++) {
    const [name = '', inline] = split(args[at] as string);
    if (name in options) throw new Error(`The argument '${name}' was provided more than once.`);
    if (FLAGS.includes(name) && inline === undefined) {
      options[name] = true;
    } else if (WITH_VALUE.includes(name)) {
      const value = inline ?? args[++at];
      if (value === undefined || value.startsWith('--'))
        throw new Error(`The argument '${name}' requires a value, but none was supplied.`);
      options[name] = value;
    } else {
      throw new Error(`Found argument '${name}' which wasn't expected, or isn't valid in this context.`);
    }
  }
  checkTogether(options);
  return options;
}

function checkTogether(options: Options): void {
  if (options['no-api'] && !options['config-file']) throw new Error("Argument 'config-file' required, but not found.");
  if (options['no-seccomp'] && options['seccomp-filter'])
    throw new Error("Argument 'seccomp-filter' cannot be used together with argument 'no-seccomp'.");
  const id = options['id'];
  if (typeof id === 'string' && (!/^[A-Za-z0-9-]+$/.test(id) || id.length > MAX_ID))
    throw new Error(`Invalid instance ID: ${id}`);
  const level = options['level'];
  if (
    typeof level === 'string' &&
    !['error', 'warning', 'warn', 'info', 'debug', 'trace', 'off'].includes(level.toLowerCase())
  )
    throw new Error(`Invalid value for logger level: ${level}`);
}

const split = (argument: string): [string, string?] => {
  const [name = '', ...rest] = argument.replace(/^--/, '').split('=');
  return rest.length === 0 ? [name] : [name, rest.join('=')];
};
