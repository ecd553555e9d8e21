/** A hook or test that takes the host's lock may first have to wait for another run on this machine. */
export const HOST_WAIT_MS = 600_000;
