/** Whether a guest's kernel lacks a mitigation that the host's has. docs/reference/evidence.md states the rule. */

/** How a file of /sys/devices/system/cpu/vulnerabilities begins where nothing protects (the kernel's cpu/bugs.c). */
const OPEN = /^Vulnerable\b/;
/** The part that concerns guests of the kernel's own; a function's guest has none. */
const OF_GUESTS = 'KVM';

/**
 * Names of vulnerabilities, and of parts of them (`spectre_v2/BHI`), of which the guest says that it is vulnerable and
 * the host does not say so of itself. What only one of them knows is not compared: kernels of other versions, and CPU
 * models that the VMM changed, know other names. Null when the guest says nothing at all.
 *
 * @param guest `name=value` joined by `;`, as the agent collects it
 * @param host by name, as the host's files say it
 */
export function weakerMitigations(guest: string | undefined, host: Record<string, string>): string[] | null {
  if (guest === undefined) return null;
  const weaker: string[] = [];
  for (const entry of guest.split(';')) {
    const [name = '', value = ''] = splitAt(entry, '=');
    const own = host[name];
    if (own === undefined || OPEN.test(own)) continue;
    if (OPEN.test(value)) weaker.push(name);
    else weaker.push(...weakerParts(value, own).map((part) => `${name}/${part}`));
  }
  return weaker;
}

/** `Mitigation: Retpolines; BHI: Vulnerable`: parts have names of their own; the agent writes `,` for `;`. */
function weakerParts(guest: string, host: string): string[] {
  const hosts = partsOf(host);
  return [...partsOf(guest)].flatMap(([part, value]) => {
    const own = hosts.get(part);
    return part !== OF_GUESTS && own !== undefined && OPEN.test(value) && !OPEN.test(own) ? [part] : [];
  });
}

const partsOf = (value: string): Map<string, string> =>
  new Map(value.split(/[;,]\s*/).map((part) => splitAt(part, ': ')));

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}
