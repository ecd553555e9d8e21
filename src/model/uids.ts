/**
 * Users that own nothing and whom nobody else is: of functions (natively too) and of VMMs; group ids are the same.
 * From the range that systemd's UIDS-GIDS page lists as unused on every system; the probe checks that it is.
 */
export const FUNCTION_UID = 1_900_000_000;

export const VMM_UID = 1_900_000_001;

/** Of which each run has one, for its builds and tools (src/image/confine/run-uid.ts). */
export const CONFINED_UIDS = { first: 1_900_010_000, count: 50_000 };
