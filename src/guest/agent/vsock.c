/* Streams to the host over vsock. The guest dials: the VMM hands each connection to a socket on which the host already
 * listens, so nobody has to poll for anybody. */
#include "agent.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/vm_sockets.h, which musl does not bring. */
enum { ISOGATE_CID_HOST = 2 };

struct vsock_address {
	sa_family_t family;
	uint16_t reserved;
	uint32_t port, cid;
	uint8_t zero[8];
};

static int connected;

/* The driver may still be probing its device (no transport, no route), the VMM still be setting up (reset). */
static bool dial(const void *argument)
{
	const struct vsock_address address = {
		.family = AF_VSOCK, .port = *(const uint32_t *)argument, .cid = ISOGATE_CID_HOST};

	connected = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connected < 0)
		return false;
	if (connect(connected, (const struct sockaddr *)&address, sizeof address) == 0)
		return true;
	int reason = errno;

	close(connected);
	errno = reason;
	return false;
}

int connect_vsock(uint32_t port)
{
	if (!wait_until(dial, &port))
		fail("no answer from the host on vsock port %u in 10 s", (unsigned)port);
	return connected;
}
