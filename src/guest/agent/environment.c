/* The function's own variables: they come by the channel, after the hello, so that they stand neither in an image nor on
 * a command line. NAME=VALUE records that end in NUL, and an empty one at the end (src/isolation/channel/environment.ts). */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[64 * 1024];

static bool is_whole(size_t length)
{
	return length > 0 && text[length - 1] == '\0' && (length == 1 || text[length - 2] == '\0');
}

/* The host writes nothing else before the function is ready, so nothing of a request can be read here. */
static size_t read_records(void)
{
	size_t length = 0;

	while (!is_whole(length)) {
		ssize_t count = read(0, text + length, sizeof text - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			fail("read the function's environment");
		if (count == 0)
			fail_plain("the function's environment is cut off or over 64 KiB");
		length += (size_t)count;
	}
	return length;
}

void receive_environment(void)
{
	size_t length = read_records();

	for (char *record = text; record < text + length - 1; record += strlen(record) + 1) {
		char *equals = strchr(record, '=');

		if (!equals || equals == record)
			fail_plain("a variable of the function's environment has no name");
		*equals = '\0';
		if (setenv(record, equals + 1, 1) < 0)
			fail("set %s", record);
		*equals = '=';
	}
}
