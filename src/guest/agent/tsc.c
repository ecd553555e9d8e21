/* The frequency of this machine's time-stamp counter in kHz, which an emulated guest shares. A guest kernel works it
 * out at boot against an emulated timer; when the host is busy that fails, and the kernel hangs before its first line.
 * Told on its command line (tsc_early_khz=N), it needs no calibration. */
#include "agent.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { SPAN_MS = 40, TRIES = 32 };

struct reading {
	uint64_t ticks;
	int64_t ns;
};

/* Of several readings the one with the narrowest bracket: the others were interrupted between counter and clock. */
static struct reading read_both(void)
{
	struct reading best = {0, 0};
	uint64_t narrowest = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		struct timespec now;
		uint64_t before = __builtin_ia32_rdtsc();

		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		uint64_t width = __builtin_ia32_rdtsc() - before;

		if (width < narrowest) {
			narrowest = width;
			best.ticks = before + width / 2;
			best.ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
		}
	}
	return best;
}

int tsc_mode(void)
{
	const struct timespec span = {.tv_nsec = SPAN_MS * 1000000L};
	struct reading first = read_both();

	nanosleep(&span, NULL);
	struct reading last = read_both();
	uint64_t ns = (uint64_t)(last.ns - first.ns);

	printf("%llu\n", (unsigned long long)(((last.ticks - first.ticks) * 1000000 + ns / 2) / ns));
	return 0;
}
