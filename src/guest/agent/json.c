#include "agent.h"

#include <stdio.h>
#include <string.h>

static void append(struct json *json, const char *bytes, size_t length)
{
	memcpy(json->text + json->length, bytes, length);
	json->length += length;
}

/* Bytes outside ASCII become `?`: the values are kernel text, and a broken UTF-8 sequence would break the line. */
static void append_string(struct json *json, const char *bytes, size_t length)
{
	append(json, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		char escape[8];

		if (byte == '"' || byte == '\\') {
			escape[0] = '\\';
			escape[1] = (char)byte;
			append(json, escape, 2);
		} else if (byte < 0x20 || byte == 0x7f) {
			append(json, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
		} else {
			append(json, byte < 0x80 ? bytes + i : "?", 1);
		}
	}
	append(json, "\"", 1);
}

void json_open(struct json *json, const char *head)
{
	json->length = 0;
	append(json, head, strlen(head));
}

void json_member(struct json *json, const char *key, const char *value, size_t length)
{
	/* Every byte may become \u00XX; 64 covers quotes, comma, colon and what json_close adds. */
	if (6 * (strlen(key) + length) + 64 > json->capacity - json->length)
		return;
	if (json->text[json->length - 1] != '{')
		append(json, ",", 1);
	append_string(json, key, strlen(key));
	append(json, ":", 1);
	append_string(json, value, length);
}

void json_close(struct json *json, const char *tail)
{
	append(json, tail, strlen(tail));
}
