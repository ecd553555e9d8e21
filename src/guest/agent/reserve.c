/* Large buffers of the HTTP mode. */
#include "http.h"

#include <sys/mman.h>

void *reserve(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		fail("reserve %zu bytes", bytes);
	return memory;
}
