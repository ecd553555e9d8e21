#include "agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a program that is sent what is no request: docs/reference/runtime-protocol.md. */
enum { EXIT_MALFORMED = 2 };

const char *fail_mode = "agent";
int fail_fd = 2;
void (*fail_end)(void);

static _Noreturn void end(const char *format, va_list arguments, const char *reason)
{
	char what[512];

	vsnprintf(what, sizeof what, format, arguments);
	dprintf(fail_fd, "isogate-agent: %s: %s%s%s\n", fail_mode, what, *reason ? ": " : "", reason);
	if (fail_end)
		fail_end();
	exit(EXIT_AGENT);
}

void fail(const char *format, ...)
{
	const char *reason = strerror(errno);
	va_list arguments;

	va_start(arguments, format);
	end(format, arguments, reason);
}

void fail_plain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	end(format, arguments, "");
}

void malformed(const char *why)
{
	dprintf(fail_fd, "isogate-agent: %s: malformed request: %s\n", fail_mode, why);
	if (fail_end)
		fail_end();
	exit(EXIT_MALFORMED);
}
