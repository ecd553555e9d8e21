/* agent launch [--cgroup FILE]… [--root DIR [--tmp-bytes N]] [--cwd DIR] [--netns] [--ipcns] [--uid N --gid N] [--group N]…
 *              [--no-bounding-set] [--channel] [--device PATH] [--die-with-parent] [--filter-system-calls] -- CMD ARG…
 * Runs on the host, as root; also inside a sandbox that leaves the change of user to its command. Order matters: join
 * the cgroups, then namespaces and mounts, then drop all rights. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct launch {
	struct process process;
	const char *root, *device;
	bool new_network, new_ipc, no_bounding_set, dies_with_parent, filters;
};

static unsigned parse_id(const char *option, const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	/* The highest number means "no change" to setresuid. */
	if (errno || *text < '0' || *text > '9' || *end || value >= UINT32_MAX)
		fail_plain("%s %s: a number from 0 to 4294967294 is needed", option, text);
	return (unsigned)value;
}

static void join_cgroup(const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		fail("open %s", file);
	if (write(fd, "0", 1) != 1)
		fail("join %s", file);
	close(fd);
}

static void take_option(struct launch *launch, const char *option, const char *value)
{
	struct process *process = &launch->process;

	if (strcmp(option, "--cgroup") == 0) {
		join_cgroup(value);
	} else if (strcmp(option, "--root") == 0) {
		launch->root = value;
	} else if (strcmp(option, "--device") == 0) {
		launch->device = value;
	} else if (strcmp(option, "--tmp-bytes") == 0) {
		process->tmp_bytes = strtoull(value, NULL, 10);
	} else if (strcmp(option, "--cwd") == 0) {
		process->cwd = value;
	} else if (strcmp(option, "--uid") == 0) {
		process->uid = parse_id(option, value);
		process->has_uid = true;
	} else if (strcmp(option, "--gid") == 0) {
		process->gid = parse_id(option, value);
		process->has_gid = true;
	} else if (strcmp(option, "--group") == 0) {
		if (process->group_count == MAX_GROUPS)
			fail_plain("--group %s: at most %d groups", value, MAX_GROUPS);
		process->groups[process->group_count++] = parse_id(option, value);
	} else {
		fail_plain("unknown option %s", option);
	}
}

/* The harness hands its socket over as fd 3: its stdin would be closed as soon as a detaching runtime client exits. */
static void take_channel(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--channel") == 0 && (dup2(3, 0) < 0 || dup2(3, 1) < 0))
			fail("take the channel from fd 3");
}

static void parse(struct launch *launch, int argc, char **argv)
{
	int i = 0;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--netns") == 0)
			launch->new_network = true;
		else if (strcmp(argv[i], "--ipcns") == 0)
			launch->new_ipc = true;
		else if (strcmp(argv[i], "--no-bounding-set") == 0)
			launch->no_bounding_set = true;
		else if (strcmp(argv[i], "--die-with-parent") == 0)
			launch->dies_with_parent = true;
		else if (strcmp(argv[i], "--filter-system-calls") == 0)
			launch->filters = true;
		else if (strcmp(argv[i], "--channel") == 0)
			continue;
		else if (i + 1 == argc)
			fail_plain("%s: unknown, or its value is missing", argv[i]);
		else {
			take_option(launch, argv[i], argv[i + 1]);
			i++;
		}
	}
	if (i + 1 >= argc)
		fail_plain("no command: write it after --");
	if (launch->process.has_uid != launch->process.has_gid)
		fail_plain("--uid and --gid go together");
	if (launch->process.group_count > 0 && !launch->process.has_gid)
		fail_plain("--group needs --uid and --gid");
	launch->process.args = argv + i + 1;
}

int launch_mode(int argc, char **argv)
{
	pid_t parent = getppid();
	struct launch launch = {0};

	fail_mode = "launch";
	open_standard_streams();
	take_channel(argc, argv);
	close_above(2);
	parse(&launch, argc, argv);
	/* The kernel shares a CPU among sessions first (CONFIG_SCHED_AUTOGROUP): in the harness's session one arm would
	 * compete with the harness, and others not. */
	if (setsid() < 0 && getsid(0) != getpid())
		fail("become the leader of a session");
	/* Before sysfs is mounted, which shows the network namespace of whoever mounts it. */
	if (launch.new_network) {
		if (unshare(CLONE_NEWNET) < 0)
			fail("unshare the network namespace");
		if (bring_up_loopback() < 0)
			fail("bring up lo");
	}
	if (launch.new_ipc && unshare(CLONE_NEWIPC) < 0)
		fail("unshare the IPC namespace");
	if (launch.root || launch.device)
		private_mounts();
	if (launch.device)
		own_device(launch.device, &launch.process);
	if (launch.root) {
		enter_tree(launch.root);
		mount_tree(launch.process.tmp_bytes);
		become_root();
	}
	if (launch.process.cwd && chdir(launch.process.cwd) < 0)
		fail("enter %s", launch.process.cwd);
	if (launch.no_bounding_set)
		drop_bounding_set();
	become(&launch.process);
	fresh_keyrings();
	forbid_core_files();
	if (launch.dies_with_parent)
		die_with_parent(parent);
	if (launch.filters)
		filter_system_calls();
	run(launch.process.args);
}
