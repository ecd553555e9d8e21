#include "agent.h"

#include <time.h>

enum { LIMIT_MS = 10000 };

/* Looks every millisecond: devices appear when their drivers have probed, and there is no udev to ask. */
bool wait_until(bool (*ready)(const void *), const void *argument)
{
	const struct timespec step = {.tv_nsec = 1000000};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (time_t end = now.tv_sec + LIMIT_MS / 1000; now.tv_sec <= end; clock_gettime(CLOCK_MONOTONIC, &now)) {
		if (ready(argument))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}
