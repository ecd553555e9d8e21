/**
 * What programs say when there is no network: resolvers, sockets, and package managers that were told so. These are
 * texts of other programs, of which no code is left when a build has failed.
 */
const WITHOUT_NETWORK = [
  ...[/\b(ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/, /only-if-cached/, /getaddrinfo/i],
  ...[/could ?n[o']t resolve/i, /name or service not known/i, /name resolution/i, /no such host/i, /dial (tcp|udp)/],
  ...[/(network|host) is unreachable/i, /failed to establish a new connection/i, /UnknownHostException/],
  ...[/GOPROXY=off/, /--offline/, /offline mode/i, /without network|no network/i, /failed to download/i],
  ...[/dns error/i, /unable to (connect|access|resolve)/i, /failed to (fetch|lookup address)/i],
];

/** Whether a build that had no network failed for that, by the last that it wrote. */
export const lackedNetwork = (output: string): boolean => WITHOUT_NETWORK.some((pattern) => pattern.test(output));
