/* Keys outlive processes and know no namespace but the user's: a process starts with an empty session keyring that nobody
 * else has, and no user of ours has a keyring that is kept for it. */
#include "agent.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/keyctl.h, which musl does not bring. */
enum {
	KEYCTL_GET_KEYRING_ID = 0,
	KEYCTL_JOIN_SESSION_KEYRING = 1,
	KEYCTL_SETPERM = 5,
	KEYCTL_CLEAR = 7,
	KEYCTL_UNLINK = 9,
	KEYCTL_GET_PERSISTENT = 22,
	KEY_SPEC_SESSION_KEYRING = -3,
	KEY_SPEC_USER_KEYRING = -4,
	KEY_SPEC_USER_SESSION_KEYRING = -5
};

/* Empties it and takes all rights to it, also the right to change rights: its own user can do nothing with it until the
 * machine starts anew. Only to empty it would leave a function the right to close it with something inside. */
static void close_ring(const char *name, long ring)
{
	if (syscall(SYS_keyctl, KEYCTL_CLEAR, ring) < 0)
		fail("empty the %s keyring of user %u", name, (unsigned)getuid());
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, 0) < 0)
		fail("close the %s keyring of user %u", name, (unsigned)getuid());
}

/* Both are asked for before either is closed: by these names the kernel finds neither where one is closed. */
static void close_user_rings(void)
{
	long user = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1);
	long session = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 1);

	if (user < 0 && session < 0 && (errno == ENOKEY || errno == EACCES))
		return;
	if (user < 0 || session < 0)
		fail("find the keyrings of user %u", (unsigned)getuid());
	close_ring("user session", session);
	close_ring("user", user);
}

/* Kept for days after the last process (persistent-keyring(7)); many kernels have none. Nobody can change its rights, so it can
 * always be emptied. */
static void clear_persistent(void)
{
	long ring = syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_SESSION_KEYRING);

	if (ring < 0)
		return;
	if (syscall(SYS_keyctl, KEYCTL_CLEAR, ring) < 0)
		fail("empty the persistent keyring of user %u", (unsigned)getuid());
	syscall(SYS_keyctl, KEYCTL_UNLINK, ring, KEY_SPEC_SESSION_KEYRING);
}

/* After the change of user. Root's own keyrings are the administrator's; what root starts has only a session of its own. */
void fresh_keyrings(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) {
		/* A kernel without keyrings, or a container around us that denies them to all inside: nothing can be kept. */
		if (errno == ENOSYS || errno == EPERM)
			return;
		fail("join a session keyring");
	}
	if (getuid() == 0)
		return;
	close_user_rings();
	clear_persistent();
}
