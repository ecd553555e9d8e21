/* A VMM may bring a device that notes when the guest's first process runs: one byte, at an address of the machine's. It
 * only tells the time, so whatever goes wrong here is let pass. */
#include "agent.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Firecracker's MAGIC_VALUE_SIGNAL_GUEST_BOOT_COMPLETE (src/vmm/src/devices/pseudo/boot_timer.rs). */
enum { BOOTED = 123, PAGE = 4096 };

void stop_boot_timer(void)
{
	const char *address = told("isogate.boot-timer");
	volatile uint8_t *device;
	int memory;

	if (!address)
		return;
	memory = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	if (memory < 0)
		return;
	device = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, memory, (off_t)strtoull(address, NULL, 16));
	close(memory);
	if (device == MAP_FAILED)
		return;
	*device = BOOTED;
	munmap((void *)device, PAGE);
}
