/** In the range that systemd's list of user ids leaves to nobody (systemd.io, UIDS-GIDS); of no use on any machine. */
export const FUNCTION_UID = 1_900_000_000;
export const FUNCTION_GID = 1_900_000_000;
