/* The guest's two streams to the host: virtio-serial ports or vsock connections, as the initramfs says. */
#include "agent.h"

#include <stdint.h>
#include <string.h>

/* The same numbers stand in src/isolation/vm/guest-boot.ts. */
enum { CHANNEL_PORT = 1024, STDERR_PORT = 1025 };

static bool uses_vsock(void)
{
	char kind[16];

	if (read_file("/channel", kind, sizeof kind) < 0)
		fail("read /channel");
	kind[strcspn(kind, "\n")] = '\0';
	if (strcmp(kind, "vsock") == 0)
		return true;
	if (strcmp(kind, "serial") != 0)
		fail_plain("/channel says %s: known are serial and vsock", kind);
	return false;
}

/* From the first stream on, failures are told on it. */
void open_streams(int *channel, int *errors)
{
	bool vsock = uses_vsock();

	*errors = vsock ? connect_vsock(STDERR_PORT) : open_port("isogate.stderr");
	fail_fd = *errors;
	*channel = vsock ? connect_vsock(CHANNEL_PORT) : open_port("isogate.channel");
}
