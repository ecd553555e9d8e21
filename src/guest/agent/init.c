/* PID 1 of a VM, from the initramfs: modules, channel, the function's disk as root, then the function's process as
 * its own user. When that ends, however it does, the VM ends. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char disk[] = "/dev/vda";

static void mount_at(const char *type, const char *dir)
{
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		fail("create %s", dir);
	/* EBUSY: the kernel mounts devtmpfs by itself when so configured. */
	if (mount(type, dir, type, MS_NOSUID, NULL) < 0 && errno != EBUSY)
		fail("mount %s on %s", type, dir);
}

static bool exists(const void *path)
{
	return access(path, F_OK) == 0;
}

static void prepare_machine(void)
{
	mount_at("devtmpfs", "/dev");
	open_standard_streams();
	int console = open("/dev/console", O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (console >= 0)
		fail_fd = console;
	mount_at("proc", "/proc");
	stop_boot_timer();
	mount_at("sysfs", "/sys");
	load_modules("/modules.list");
}

/* Reads from the function's disk what is to be started, because that says how its file systems are mounted. */
static void mount_disk(struct process *process)
{
	if (!wait_until(exists, disk))
		fail_plain("no %s after 10 s", disk);
	if (mkdir("/sysroot", 0755) < 0 && errno != EEXIST)
		fail("create /sysroot");
	if (mount(disk, "/sysroot", "squashfs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		fail("mount %s", disk);
	if (chdir("/sysroot") < 0)
		fail("enter /sysroot");
	read_process(".isogate/process", process);
	mount_tree(process->tmp_bytes);
	become_root();
}

static _Noreturn void start_function(const struct process *process, int channel, int errors)
{
	/* A failure here ends this process with its own code, not yet the machine. */
	fail_end = NULL;
	if (setsid() < 0)
		fail("start a session");
	if (dup2(channel, 0) < 0 || dup2(channel, 1) < 0 || dup2(errors, 2) < 0)
		fail("hand over the channel");
	fail_fd = 2;
	close_above(2);
	if (process->cwd && chdir(process->cwd) < 0)
		fail("enter %s", process->cwd);
	become(process);
	environ = process->env;
	run(process->args);
}

/* Orphans of the function are reaped too; they end with the machine. */
static int wait_for(pid_t child)
{
	for (;;) {
		int status;
		pid_t ended = wait(&status);

		if (ended == child)
			return status;
		if (ended < 0 && errno != EINTR)
			fail("wait for the function");
	}
}

/* Whether the kernel killed something for want of memory. A kernel without these counters does not say. */
static bool ran_out_of_memory(void)
{
	static char text[16384];
	static const char key[] = "\noom_kill ";
	const char *found;

	if (read_file("/proc/vmstat", text, sizeof text) < 0 || !(found = strstr(text, key)))
		return false;
	return strtol(found + sizeof key - 1, NULL, 10) > 0;
}

static void tell_end(int errors, int status)
{
	/* The last words are part of docs/reference/runtime-protocol.md: the host knows by them that the guest's kernel lived. */
	const char *why = ran_out_of_memory() ? ", out of memory" : "";

	if (WIFSIGNALED(status))
		dprintf(errors, "isogate-agent: function killed by signal %d%s\n", WTERMSIG(status), why);
	else
		dprintf(errors, "isogate-agent: function exited with status %d%s\n", WEXITSTATUS(status), why);
}

void init_mode(void)
{
	static const char booted[] = "{\"type\":\"booted\"}\n";
	struct process process = {0};
	int channel, errors, status;
	pid_t child;

	fail_mode = "init";
	fail_end = end_machine;
	prepare_machine();
	open_streams(&channel, &errors);
	write_all(channel, booted, sizeof booted - 1);
	if (bring_up_loopback() < 0)
		fail("bring up lo");
	mount_disk(&process);
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		start_function(&process, channel, errors);
	close(channel);
	status = wait_for(child);
	tell_end(errors, status);
	end_machine();
	_exit(EXIT_AGENT);
}
