#include "agent.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setuid leaves inheritable and ambient capabilities, and some securebits keep all of them: drop each by hand. */
static void drop_capabilities(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = {0x20080522, 0}; /* _LINUX_CAPABILITY_VERSION_3 */
	uint32_t none[6] = {0};

	/* Kernels before 4.3 and some sandboxes have no ambient set, and so nothing to clear. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) < 0)
		fail("drop capabilities");
}

/* What no program that is executed later can have, not even a set-id one. Numbers that the kernel does not know are the
 * end of the set. */
void drop_bounding_set(void)
{
	for (int capability = 0; capability < 64; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
			if (errno == EINVAL)
				return;
			fail("drop capability %d from the bounding set", capability);
		}
}

/* musl keeps three real-time signals to itself, so the kernel is asked directly. */
static void reset_signals(void)
{
	const uint64_t empty_mask = 0;
	const unsigned long defaults[4] = {0};

	for (int number = 1; number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP)
			syscall(SYS_rt_sigaction, number, defaults, NULL, sizeof empty_mask);
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &empty_mask, NULL, sizeof empty_mask) < 0)
		fail("unblock signals");
}

/* Irreversible: groups, gid, uid and capabilities are dropped and cannot be regained by any program executed. */
void become(const struct process *process)
{
	if (process->has_gid) {
		if (setgroups(process->group_count, process->groups) < 0)
			fail("set groups");
		if (setresgid(process->gid, process->gid, process->gid) < 0)
			fail("become group %u", process->gid);
	}
	if (process->has_uid) {
		if (setresuid(process->uid, process->uid, process->uid) < 0)
			fail("become user %u", process->uid);
		if (process->uid != 0)
			drop_capabilities();
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("set no_new_privs");
	umask(022);
	reset_signals();
}

/* After `become`, because a change of user clears it. `parent` is who it was at the start: it may be gone by now. */
void die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("set the parent death signal");
	if (getppid() != parent)
		fail_plain("the parent process is gone");
}
