/** Ports that the guest's agent dials; the same numbers stand in src/guest/agent/channel.c. */
export const CHANNEL_PORT = 1024;
export const STDERR_PORT = 1025;
/** Any from 3 on: it has a meaning inside one guest only. */
export const GUEST_CID = 3;
