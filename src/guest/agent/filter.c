/* The system calls of what runs over somebody else's bytes: a build, an unpacker, a program that is asked for its version.
 * Denied is what Docker's default profile denies (src/image/seccomp.ts has it whole) and what reaches the kernel's other
 * users: keys, other address families, namespaces, mounts, modules, performance counters, io_uring. */
#include "agent.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* linux/filter.h, linux/seccomp.h and linux/audit.h, which musl does not bring. */
struct instruction {
	uint16_t code;
	uint8_t when_true, when_false;
	uint32_t value;
};
struct program {
	uint16_t length;
	const struct instruction *instructions;
};
enum { LOAD = 0x20, IF_EQUAL = 0x15, IF_GREATER = 0x25, IF_BITS = 0x45, RETURN = 0x06 };
enum { NUMBER_AT = 0, ARCHITECTURE_AT = 4, FIRST_ARGUMENT_AT = 16, FILTER_MODE = 2, MAX_INSTRUCTIONS = 256 };
static const uint32_t ALLOWED = 0x7fff0000, ERRNO = 0x00050000, KILLED = 0x80000000, X86_64 = 0xc000003e;

/* cachestat, of Linux 6.5. Later ones are told to be missing, and so are those of the x32 ABI, which lie above. */
enum { LAST_KNOWN = 451 };
/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h). */
static const uint32_t NAMESPACES = 0x7e020000;

/* By number where musl has no name. */
static const uint32_t denied[] = {
	SYS_add_key, SYS_keyctl, SYS_request_key,
	SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_quotactl, 443 /* quotactl_fd */,
	428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */, 431 /* fsconfig */, 432 /* fsmount */, 433 /* fspick */,
	442 /* mount_setattr */,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_create_module, SYS_query_module, SYS_get_kernel_syms,
	SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_syslog, SYS_vhangup,
	SYS_iopl, SYS_ioperm, SYS_settimeofday, SYS_clock_settime,
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_fanotify_init,
	425 /* io_uring_setup */, 426 /* io_uring_enter */, 427 /* io_uring_register */,
	SYS_open_by_handle_at, SYS_lookup_dcookie, SYS_kcmp, 438 /* pidfd_getfd */, 440 /* process_madvise */,
	SYS_mbind, SYS_move_pages, SYS_migrate_pages, SYS_set_mempolicy, SYS_get_mempolicy, 450 /* set_mempolicy_home_node */,
	SYS_sysfs, SYS__sysctl, SYS_uselib, SYS_ustat, SYS_nfsservctl,
};

static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

static struct instruction filter[MAX_INSTRUCTIONS];
static uint16_t length;

static void add(uint16_t code, uint32_t value, uint8_t when_true, uint8_t when_false)
{
	if (length == MAX_INSTRUCTIONS)
		fail_plain("the filter of system calls has more than %d instructions", MAX_INSTRUCTIONS);
	filter[length++] = (struct instruction){code, when_true, when_false, value};
}

static void answer_when_equal(uint32_t number, uint32_t answer)
{
	add(IF_EQUAL, number, 0, 1);
	add(RETURN, answer, 0, 0);
}

static void compose(void)
{
	add(LOAD, ARCHITECTURE_AT, 0, 0);
	add(IF_EQUAL, X86_64, 1, 0);
	add(RETURN, KILLED, 0, 0);
	add(LOAD, NUMBER_AT, 0, 0);
	add(IF_GREATER, LAST_KNOWN, 0, 1);
	add(RETURN, ERRNO | ENOSYS, 0, 0);
	for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
		answer_when_equal(denied[i], ERRNO | EPERM);
	/* Its flags are behind a pointer, which a filter cannot follow. With ENOSYS the C library falls back to clone. */
	answer_when_equal(435, ERRNO | ENOSYS);
	add(IF_EQUAL, SYS_clone, 0, 4);
	add(LOAD, FIRST_ARGUMENT_AT, 0, 0);
	add(IF_BITS, NAMESPACES, 0, 1);
	add(RETURN, ERRNO | EPERM, 0, 0);
	add(RETURN, ALLOWED, 0, 0);
	add(IF_EQUAL, SYS_socket, 1, 0);
	add(RETURN, ALLOWED, 0, 0);
	add(LOAD, FIRST_ARGUMENT_AT, 0, 0);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		answer_when_equal(families[i], ALLOWED);
	add(RETURN, ERRNO | EAFNOSUPPORT, 0, 0);
}

/* Last before the command: it also holds for everything that is executed later. It needs no_new_privs (see `become`). */
void filter_system_calls(void)
{
	compose();
	const struct program program = {length, filter};

	if (prctl(PR_SET_SECCOMP, FILTER_MODE, &program, 0, 0) < 0)
		fail("filter system calls");
}
