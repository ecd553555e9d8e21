/* What the host tells PID 1 of a guest on the kernel's command line, as KEY=VALUE. A key with a dot is no business of
 * the kernel's: it takes it for some module's. */
#include "agent.h"

#include <string.h>

/* The value of `key`, or NULL. The first call reads: at the end of a machine there may be no /proc. */
const char *told(const char *key)
{
	static char text[4096];
	static bool known;
	size_t length = strlen(key);

	if (!known && read_file("/proc/cmdline", text, sizeof text) < 0)
		return NULL;
	if (!known)
		for (char *blank = text; *blank; blank++)
			if (*blank == ' ' || *blank == '\n')
				*blank = '\0';
	known = true;
	for (const char *word = text; word < text + sizeof text - 1; word += strlen(word) + 1)
		if (strncmp(word, key, length) == 0 && word[length] == '=')
			return word + length + 1;
	return NULL;
}
