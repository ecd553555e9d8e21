/* The null workload: the line protocol and nothing else. Only `id` and `repeat` of a request are looked at, by a
 * scanner that keeps no line, so that an event of any size costs no memory. */
#include "agent.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 32 * 1024 * 1024, MAX_DEPTH = 128, MAX_REPEAT = 1000000 };

struct scanner {
	size_t length;
	int depth;
	bool in_string, escaped, after_colon;
	/* The last string and number at depth 1. */
	char key[8];
	size_t key_length;
	uint64_t *number;
	uint64_t id, repeat;
	bool has_id;
};

static void scan_string(struct scanner *s, char c)
{
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->in_string = false;
	if (s->in_string && s->depth == 1 && !s->after_colon && s->key_length < sizeof s->key)
		s->key[s->key_length++] = c;
}

static bool key_is(const struct scanner *s, const char *name)
{
	return s->key_length == strlen(name) && memcmp(s->key, name, s->key_length) == 0;
}

static void begin_value(struct scanner *s)
{
	s->after_colon = true;
	s->number = NULL;
	if (key_is(s, "id")) {
		s->number = &s->id;
		s->has_id = true;
		s->id = 0;
	} else if (key_is(s, "repeat")) {
		s->number = &s->repeat;
		s->repeat = 0;
	}
}

static void scan_digit(struct scanner *s, char c)
{
	if (s->depth != 1 || !s->number)
		return;
	if (*s->number > (UINT64_C(1) << 53) / 10)
		malformed("a number is too large");
	*s->number = *s->number * 10 + (uint64_t)(c - '0');
}

static void scan(struct scanner *s, char c)
{
	if (s->in_string) {
		scan_string(s, c);
		return;
	}
	if (s->depth == 1 && s->number && !strchr("0123456789,} \r", c))
		malformed("id and repeat are whole numbers, 0 or more");
	if (c == '"') {
		s->in_string = true;
		if (s->depth == 1 && !s->after_colon)
			s->key_length = 0;
	} else if (c == '{' || c == '[') {
		if (++s->depth > MAX_DEPTH)
			malformed("nested too deeply");
	} else if (c == '}' || c == ']') {
		if (--s->depth < 0)
			malformed("unbalanced brackets");
	} else if (s->depth == 1 && c == ':') {
		begin_value(s);
	} else if (s->depth == 1 && c == ',') {
		s->after_colon = false;
		s->number = NULL;
	} else if (c >= '0' && c <= '9') {
		scan_digit(s, c);
	}
}

static void answer(const struct scanner *s)
{
	static char line[64 + 2 * MAX_REPEAT];
	size_t length;

	if (s->depth != 0 || s->in_string || !s->has_id)
		malformed("no object with an id");
	if (s->repeat > MAX_REPEAT)
		malformed("repeat is over 1000000");
	length = (size_t)sprintf(line, "{\"id\":%llu,\"ok\":true,\"result\":null,\"ns\":[", (unsigned long long)s->id);
	for (uint64_t i = 0; i < s->repeat; i++) {
		if (i > 0)
			line[length++] = ',';
		line[length++] = '0';
	}
	memcpy(line + length, "]}\n", 3);
	write_all(1, line, length + 3);
}

int null_mode(void)
{
	static const char ready[] = "{\"type\":\"ready\",\"runtime\":\"null\",\"version\":\"1\"}\n";
	static char chunk[65536];
	struct scanner scanner = {.repeat = 1};
	ssize_t count;

	fail_mode = "null";
	write_all(1, ready, sizeof ready - 1);
	while ((count = read(0, chunk, sizeof chunk)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			fail("read the channel");
		for (ssize_t i = 0; i < count; i++) {
			if (++scanner.length > MAX_LINE)
				malformed("the line is over 32 MiB");
			if (chunk[i] == '\n') {
				answer(&scanner);
				scanner = (struct scanner){.repeat = 1};
			} else {
				scan(&scanner, chunk[i]);
			}
		}
	}
	if (scanner.length > 0)
		malformed("the channel ended in the middle of a line");
	return 0;
}
