/* agent http --port N [--path PATH] [--method METHOD] [--header 'NAME: VALUE']… [--ready PATH] -- CMD ARG…
 * A function that is an HTTP server: starts it, waits until it answers, and speaks the line protocol on its behalf, so
 * that its requests come over the loopback of its own isolation. The channel is on stdin and stdout, and the server gets
 * neither. When the server ends, so does this process, and the other way round. */
#include "http.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HEADERS = 64 * 1024, MAX_PATH = 4096, MAX_HEAD = MAX_HEADERS + 2 * MAX_PATH };
enum { SECOND = 1000000000, MILLISECOND = 1000000, KILL_ROUNDS = 1000 };

struct options {
	uint16_t port;
	const char *path, *method, *ready;
	char headers[MAX_HEADERS];
	size_t headers_length;
	char **command;
};

static struct options options = {.path = "/", .method = "POST"};

/* Of the server's process, set by the handler of SIGCHLD. */
static pid_t server;
static volatile sig_atomic_t server_ended, server_status;
/* While a line is being written, the handler leaves the end of the server to `write_line`. */
static volatile sig_atomic_t is_writing, is_ready, is_ending;
/* What is not as it should be while the server starts. */
static char waiting_for[800];
static uint64_t told_at;

static uint64_t read_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void sleep_for(uint64_t ns)
{
	const struct timespec span = {.tv_sec = (time_t)(ns / SECOND), .tv_nsec = (long)(ns % SECOND)};

	nanosleep(&span, NULL);
}

/* Whoever has become a child of this process. A kernel without this list leaves them to the end of the isolation. */
static void kill_children(void)
{
	static char text[16384];
	char path[64], *next = text;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	if (read_file(path, text, sizeof text) <= 0)
		return;
	for (long pid; (pid = strtol(next, &next, 10)) > 0;)
		kill((pid_t)pid, SIGKILL);
}

/* The server, its process group, and what has left that: orphans become children of this process (a subreaper). */
static void end_server(void)
{
	signal(SIGCHLD, SIG_DFL);
	if (server <= 0)
		return;
	if (!server_ended)
		kill(server, SIGKILL);
	kill(-server, SIGKILL);
	for (int i = 0; i < KILL_ROUNDS; i++) {
		pid_t ended;

		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (ended < 0 && errno == ECHILD)
			return;
		kill_children();
		sleep_for(MILLISECOND);
	}
}

/* Ends as the server did: with its code, which the host is told, or by its signal, which the host sees. */
static _Noreturn void end_with_server(void)
{
	int status = server_status;

	is_ending = 1;
	end_server();
	if (WIFSIGNALED(status)) {
		int number = WTERMSIG(status);
		sigset_t set;

		dprintf(2, "isogate-agent: http: the server was killed by signal %d\n", number);
		sigemptyset(&set);
		sigaddset(&set, number);
		signal(number, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		kill(getpid(), number);
		/* The first process of a PID namespace is not killed by its own signals. */
		_exit(128 + number);
	}
	int code = WEXITSTATUS(status);

	if (is_ready) {
		say_exit(code);
		_exit(code);
	}
	char message[600];

	if (options.ready)
		snprintf(message, sizeof message, "the server exited with code %d before GET %.300s on port %u was answered",
			 code, options.ready, options.port);
	else
		snprintf(message, sizeof message, "the server exited with code %d before it listened on port %u", code,
			 options.port);
	say_failed("ServerExited", message);
	_exit(1);
}

/* Reaps orphans too. Nothing here that the interrupted code may hold: no stream and no memory of the heap. */
static void on_child(int number)
{
	int reason = errno, status;
	pid_t ended;

	(void)number;
	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == server) {
			server_status = status;
			server_ended = 1;
		}
	if (server_ended && !is_writing)
		end_with_server();
	errno = reason;
}

/* A whole line of the channel. */
void write_line(const char *bytes, size_t length)
{
	is_writing = 1;
	write_all(1, bytes, length);
	is_writing = 0;
	if (server_ended && !is_ending)
		end_with_server();
}

static void start_server(void)
{
	const struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
	pid_t agent = getpid();
	char port[8];

	snprintf(port, sizeof port, "%u", options.port);
	if (setenv("PORT", port, 1) < 0)
		fail("set PORT");
	signal(SIGPIPE, SIG_IGN);
	/* A kernel without subreapers leaves orphans to the end of the isolation. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	server = fork();
	if (server < 0)
		fail("fork");
	if (server == 0) {
		int none = open("/dev/null", O_RDONLY);

		signal(SIGPIPE, SIG_DFL);
		if (none < 0)
			fail("open /dev/null");
		if (dup2(none, 0) < 0 || dup2(2, 1) < 0)
			fail("keep the channel from the server");
		close(none);
		setpgid(0, 0);
		die_with_parent(agent);
		run(options.command);
	}
	/* Both do it, so that neither has to wait for the other; a server that has called execve already did. */
	setpgid(server, server);
	fail_end = end_server;
	sigaction(SIGCHLD, &action, NULL);
	/* One that ended before there was a handler. */
	raise(SIGCHLD);
}

/* Nobody reads the channel any more. */
static void end_if_abandoned(void)
{
	struct pollfd channel = {.fd = 1};

	if (poll(&channel, 1, 0) <= 0 || !(channel.revents & (POLLERR | POLLHUP)))
		return;
	end_server();
	_exit(0);
}

/* For the host, which has the timeout and says this when it gives up. At most once a second. */
static void tell_waiting(void)
{
	static char told[sizeof waiting_for];
	uint64_t now = read_clock();

	end_if_abandoned();
	if (now - told_at < SECOND || strcmp(waiting_for, told) == 0)
		return;
	say_waiting(waiting_for);
	strcpy(told, waiting_for);
	told_at = now;
}

/* In the first exchange with a server that has taken the request. */
static void tell_unanswered(void)
{
	snprintf(waiting_for, sizeof waiting_for, "GET %.200s on port %u has not been answered", options.ready,
		 options.port);
	tell_waiting();
}

/* Whether the server answers, or else why it is waited for on. */
static bool try_server(const char *head)
{
	struct answer answer;

	if (!options.ready) {
		if (connect_to_server(options.port, &answer))
			return true;
		snprintf(waiting_for, sizeof waiting_for, "%s", answer.message);
		return false;
	}
	exchange(options.port, head, NULL, 0, tell_unanswered, &answer);
	if (!answer.error && answer.status < 400)
		return true;
	if (answer.error)
		snprintf(waiting_for, sizeof waiting_for, "GET %.200s: %s", options.ready, answer.message);
	else
		snprintf(waiting_for, sizeof waiting_for, "GET %.200s on port %u answers with status %d", options.ready,
			 options.port, answer.status);
	return false;
}

/* Tries again after a hundredth of the time that has passed: often enough for an exact cold start, and seldom enough to
 * take no time from the server, which may have the same CPU. */
static void wait_for_server(const char *head)
{
	const uint64_t start = read_clock();

	told_at = start;
	while (!try_server(head)) {
		uint64_t step = (read_clock() - start) / 100;

		tell_waiting();
		sleep_for(step < MILLISECOND ? MILLISECOND : step > 25 * MILLISECOND ? 25 * MILLISECOND : step);
	}
}

/* `line` with its newline, or nothing where the configuration has a header of this name. */
static const char *unless_given(const char *line)
{
	size_t name = strcspn(line, ":") + 1;

	for (const char *header = options.headers; *header; header = strchr(header, '\n') + 1)
		if (strncasecmp(header, line, name) == 0)
			return "";
	return line;
}

/* What comes before the length of the body. */
static void write_head(char *head, size_t capacity, const char *method, const char *path)
{
	char host[32];

	snprintf(host, sizeof host, "Host: localhost:%u\r\n", options.port);
	snprintf(head, capacity, "%s %s HTTP/1.1\r\n%s%s%sConnection: keep-alive\r\n%s", method, path, unless_given(host),
		 unless_given("User-Agent: isogate\r\n"), unless_given("Accept: */*\r\n"), options.headers);
}

static bool is_alike(const struct answer *a, const struct answer *b)
{
	return a->status == b->status && a->length == b->length && memcmp(a->body, b->body, a->length) == 0;
}

static void keep(struct answer *kept, char **bytes, const struct answer *answer)
{
	if (!*bytes)
		*bytes = reserve(MAX_LINE);
	memcpy(*bytes, answer->body, answer->length);
	*kept = *answer;
	kept->body = *bytes;
}

/* Every answer of a message counts, not only the last: beside it goes the first that is unlike it, and before that one
 * which is an error. */
static void serve_call(const struct call *call, const char *head)
{
	static uint64_t *ns;
	static char *first_bytes, *unlike_bytes;
	struct answer answer = {0}, first = {0}, unlike = {0};

	if (!ns)
		ns = reserve(MAX_REPEAT * sizeof *ns);

	for (uint64_t i = 0; i < call->repeat && !answer.error; i++) {
		uint64_t start = read_clock();

		exchange(options.port, head, call->body, call->length, end_if_abandoned, &answer);
		ns[i] = read_clock() - start;
		if (call->repeat == 1 || answer.error)
			continue;
		if (i == 0)
			keep(&first, &first_bytes, &answer);
		else if (!is_alike(&answer, &first) && (!unlike.body || (answer.status >= 400 && unlike.status < 400)))
			keep(&unlike, &unlike_bytes, &answer);
	}
	/* A connection breaks just before its process has ended: then the end is what is told. */
	if (answer.error && strncmp(answer.error, "Connection", 10) == 0)
		sleep_for(20 * MILLISECOND);
	if (answer.error || !unlike.body)
		say_answer(call, &answer, NULL, ns);
	else
		say_answer(call, &answer, is_alike(&answer, &unlike) ? &first : &unlike, ns);
}

static void serve(const char *prefix)
{
	static char head[MAX_HEAD + 64];
	const bool has_body = strcmp(options.method, "GET") != 0;
	size_t length;
	char *line;

	while ((line = next_line(&length))) {
		struct call call;

		parse_call(line, length, &call);
		if (!has_body)
			call.length = 0;
		if (has_body)
			snprintf(head, sizeof head, "%sContent-Length: %zu\r\n\r\n", prefix, call.length);
		else
			snprintf(head, sizeof head, "%s\r\n", prefix);
		serve_call(&call, head);
	}
}

static void refuse_control_characters(const char *option, const char *value)
{
	for (const char *byte = value; *byte; byte++)
		if ((unsigned char)*byte < 0x20 || *byte == 0x7f)
			fail_plain("%s: control characters are not accepted", option);
}

static void add_header(const char *header)
{
	static const char *const own[] = {"content-length:", "transfer-encoding:", "connection:", "expect:", "upgrade:"};
	size_t name = strcspn(header, ":"), space = sizeof options.headers - options.headers_length;
	int length;

	if (name == 0 || header[name] == '\0' || strcspn(header, " \t") < name)
		fail_plain("--header %.80s: NAME: VALUE is needed", header);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strncasecmp(header, own[i], strlen(own[i])) == 0)
			fail_plain("--header %.80s: is set by the agent", header);
	length = snprintf(options.headers + options.headers_length, space, "%s\r\n", header);
	if ((size_t)length >= space)
		fail_plain("--header: more than 64 KiB of headers");
	options.headers_length += (size_t)length;
}

static void take_option(const char *option, const char *value)
{
	refuse_control_characters(option, value);
	if (strcmp(option, "--port") == 0) {
		char *end;
		unsigned long port = strtoul(value, &end, 10);

		if (*value < '0' || *value > '9' || *end || port < 1 || port > 65535)
			fail_plain("--port %s: a number from 1 to 65535 is needed", value);
		options.port = (uint16_t)port;
	} else if (strcmp(option, "--path") == 0 || strcmp(option, "--ready") == 0) {
		if (*value != '/' || strchr(value, ' ') || strlen(value) > MAX_PATH)
			fail_plain("%s %.80s: a path that begins with / is needed", option, value);
		*(option[2] == 'p' ? &options.path : &options.ready) = value;
	} else if (strcmp(option, "--method") == 0) {
		if (*value == '\0' || strlen(value) > 20 || strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(value) ||
		    strcmp(value, "HEAD") == 0 || strcmp(value, "CONNECT") == 0)
			fail_plain("--method %.80s: a method such as POST is needed", value);
		options.method = value;
	} else if (strcmp(option, "--header") == 0) {
		add_header(value);
	} else {
		fail_plain("unknown option %s", option);
	}
}

static void parse(int argc, char **argv)
{
	int i = 0;

	for (; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
		if (i + 1 == argc)
			fail_plain("%s: unknown, or its value is missing", argv[i]);
		take_option(argv[i], argv[i + 1]);
	}
	if (options.port == 0)
		fail_plain("--port is needed");
	if (i + 1 >= argc)
		fail_plain("no command: write it after --");
	options.command = argv + i + 1;
}

int http_mode(int argc, char **argv)
{
	static char head[MAX_HEAD + 64], prefix[MAX_HEAD];

	fail_mode = "http";
	parse(argc, argv);
	if (options.ready) {
		write_head(prefix, sizeof prefix, "GET", options.ready);
		snprintf(head, sizeof head, "%s\r\n", prefix);
	}
	start_server();
	wait_for_server(head);
	is_ready = 1;
	say_ready();
	write_head(prefix, sizeof prefix, options.method, options.path);
	serve(prefix);
	end_server();
	return 0;
}
