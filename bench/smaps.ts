/** How much memory of a VMM's process is resident, and how much of that is not its guest's memory (proc_pid_smaps(5)). */

export interface Mapping {
  sizeKb: number;
  rssKb: number;
}

export interface VmmMemory {
  /** Resident memory of mappings that are not the guest's. */
  overheadKb: number;
  /** Resident memory of the guest's. */
  guestKb: number;
}

/** A mapping is a line of addresses, then `Field: value` lines. */
export function parseSmaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) mappings.push({ sizeKb: 0, rssKb: 0 });
    const mapping = mappings.at(-1);
    const [, name, value] = line.match(/^(Size|Rss):\s+(\d+) kB$/) ?? [];
    if (!mapping || value === undefined) continue;
    if (name === 'Size') mapping.sizeKb = Number(value);
    else mapping.rssKb = Number(value);
  }
  return mappings;
}

/**
 * As Firecracker's own tests count: the guest's memory is what is exactly as large as the guest was given (guests of more
 * than 3 GiB, whose memory x86 splits, are not asked here). Null when no mapping is: then nothing can be told apart.
 */
export function vmmMemory(mappings: Mapping[], guestBytes: number): VmmMemory | null {
  const guest = mappings.filter(({ sizeKb }) => sizeKb * 1024 === guestBytes);
  if (guest.length === 0) return null;
  const sum = (some: Mapping[]): number => some.reduce((total, { rssKb }) => total + rssKb, 0);
  return { overheadKb: sum(mappings) - sum(guest), guestKb: sum(guest) };
}
