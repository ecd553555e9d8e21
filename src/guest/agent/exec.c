/* agent exec [--env] [--protect-stdout] -- CMD ARG…
 * The first process inside every isolation, already as the function's user: says hello with the evidence, then
 * becomes the language runtime. With --protect-stdout the channel moves to descriptors 3 (in) and 4 (out), so that
 * what a function prints goes to stderr and cannot break the channel.
 * The environment is the image's own, whatever an engine or a sandbox added on the way: HOSTNAME, PWD. With --env the
 * function's variables follow by the channel. */
#include "agent.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void block(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	/* The runtimes read and write synchronously. */
	if (flags >= 0 && (flags & O_NONBLOCK))
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static void move(int from, int to)
{
	if (dup2(from, to) < 0)
		fail("move the channel to file descriptor %d", to);
}

static void protect_stdout(void)
{
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (none < 0)
		fail("open /dev/null");
	/* `none` may have become 3 or 4. */
	int input = fcntl(0, F_DUPFD_CLOEXEC, 10);
	int output = fcntl(1, F_DUPFD_CLOEXEC, 10);

	if (input < 0 || output < 0)
		fail("copy the channel");
	move(none, 0);
	move(2, 1);
	close(none);
	move(input, 3);
	move(output, 4);
	close(input);
	close(output);
	if (setenv("ISOGATE_CHANNEL", "3,4", 1) < 0)
		fail("set ISOGATE_CHANNEL");
}

/* The same open files in every isolation, whatever the harness or a container runtime allowed: Linux's own defaults
 * for its first process (INR_OPEN_CUR, INR_OPEN_MAX). Lowering them needs no rights. */
static void limit_files(void)
{
	struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 4096};

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		fail("limit open files");
}

static void take_environment(void)
{
	static const char path[] = "/.isogate/process";
	struct process process = {0};

	/* Outside an image there is none. */
	if (access(path, F_OK) < 0)
		return;
	read_process(path, &process);
	environ = process.env;
}

static void say_hello(void)
{
	static char text[65536];
	struct json json = {.text = text, .capacity = sizeof text};

	json_open(&json, "{\"type\":\"hello\",\"evidence\":{");
	collect_evidence(&json);
	json_close(&json, "}}\n");
	write_all(1, json.text, json.length);
}

static bool take_flag(int *argc, char ***argv, const char *flag)
{
	bool is_there = *argc > 0 && strcmp((*argv)[0], flag) == 0;

	*argc -= is_there;
	*argv += is_there;
	return is_there;
}

int exec_mode(int argc, char **argv)
{
	bool takes_env = take_flag(&argc, &argv, "--env");
	bool protects = take_flag(&argc, &argv, "--protect-stdout");

	fail_mode = "exec";
	if (argc < 2 || strcmp(argv[0], "--") != 0)
		fail_plain("usage: agent exec [--env] [--protect-stdout] -- CMD ARG…");
	open_standard_streams();
	close_above(2);
	block(0);
	block(1);
	limit_files();
	forbid_core_files();
	say_hello();
	take_environment();
	if (takes_env)
		receive_environment();
	if (protects)
		protect_stdout();
	run(argv + 1);
}
