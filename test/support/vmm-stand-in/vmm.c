/* The process that a stand-in VMM shows to the host: named as the VMM, holding a virtual machine of KVM's (which runs
 * nothing), under a seccomp filter (which forbids nothing). The evidence that the gate checks is satisfied by it on
 * purpose: so that tests can take whole flows through an adapter whose VMM cannot be had. What really runs is the child:
 *   NAME ARG…  runs  NODE NAME.mjs ARG…  in the directory that this program was built for (BASE).
 * With ISOGATE_STAND_IN_ROOT, _UID and _GID (jailer.ts) it shuts itself into that directory and becomes that user, as a
 * jailer would have done; the child becomes that user only, and is told where its root would be. */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/kvm.h, linux/seccomp.h and linux/filter.h, which musl does not bring. */
#define KVM_CREATE_VM 0xae01
enum { FILTER = 2, BPF_RETURN = 0x06 };
#define ALLOW 0x7fff0000u
struct instruction {
	unsigned short code;
	unsigned char jt, jf;
	unsigned k;
};
struct program {
	unsigned short length;
	struct instruction *filter;
};

static void hold_virtual_machine(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	/* Asked for its version only, it needs no machine: then there may be no /dev/kvm to open. */
	if (kvm >= 0 && ioctl(kvm, KVM_CREATE_VM, 0) < 0)
		perror("KVM_CREATE_VM");
}

static void filter_everything_through(void)
{
	struct instruction allow = {BPF_RETURN, 0, 0, ALLOW};
	struct program program = {1, &allow};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, FILTER, &program) < 0)
		perror("seccomp");
}

static unsigned number(const char *name)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : 65534;
}

static void give_up_root(void)
{
	unsigned uid = number("ISOGATE_STAND_IN_UID"), gid = number("ISOGATE_STAND_IN_GID");

	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
		perror("give up root");
		_exit(125);
	}
}

static void enter(const char *root)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chroot(root) < 0 ||
	    chdir("/") < 0) {
		perror(root);
		_exit(125);
	}
}

int main(int argc, char **argv)
{
	const char *root = getenv("ISOGATE_STAND_IN_ROOT");
	pid_t self = getpid(), child = fork();
	int status;

	if (child < 0)
		return 125;
	if (child == 0) {
		char **command = calloc((size_t)argc + 2, sizeof *command);

		if (root)
			give_up_root();
		if (!command || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != self)
			_exit(125);
		command[0] = NODE;
		command[1] = BASE "/" NAME ".mjs";
		memcpy(command + 2, argv + 1, (size_t)(argc - 1) * sizeof *command);
		execv(NODE, command);
		perror(NODE);
		_exit(125);
	}
	if (root) {
		enter(root);
		give_up_root();
	}
	hold_virtual_machine();
	filter_everything_through();
	while (waitpid(child, &status, 0) != child)
		;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
