/* The line protocol for a server that does not speak it: requests are read without building a tree of them, since all
 * that is wanted is two numbers and the bytes of the event. */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DEPTH = 128, NO_CHARACTER = 0xfffd };

struct cursor {
	char *at;
	const char *end;
};

/* The next request without its newline; NULL at the end of the channel. The line may be written to until the next call. */
char *next_line(size_t *length)
{
	static char *buffer;
	static size_t start, end;
	size_t searched = start;

	if (!buffer)
		buffer = reserve(MAX_LINE);

	for (;;) {
		char *newline = memchr(buffer + searched, '\n', end - searched);

		if (newline) {
			char *line = buffer + start;

			*length = (size_t)(newline - line);
			start += *length + 1;
			return line;
		}
		if (start > 0) {
			memmove(buffer, buffer + start, end - start);
			end -= start;
			start = 0;
		}
		searched = end;
		if (end == MAX_LINE)
			malformed("the line is over 32 MiB");

		ssize_t count = read(0, buffer + end, MAX_LINE - end);

		if (count < 0 && errno != EINTR)
			fail("read the channel");
		if (count == 0 && end > 0)
			malformed("the channel ended in the middle of a line");
		if (count == 0)
			return NULL;
		if (count > 0)
			end += (size_t)count;
	}
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r'))
		c->at++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_blanks(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* The cursor stands on the opening quote, and afterwards behind the closing one. */
static void skip_string(struct cursor *c)
{
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
		if (*c->at == '\\')
			c->at++;
	if (c->at >= c->end)
		malformed("a string does not end");
	c->at++;
}

/* A value of any kind. The host's own serialiser wrote it, so only what could mislead this scanner is refused. */
static void skip_value(struct cursor *c)
{
	int depth = 0;
	char *start = c->at;

	do {
		if (c->at == c->end)
			malformed("a value is missing or does not end");
		if (*c->at == '"') {
			skip_string(c);
		} else if (*c->at == '{' || *c->at == '[') {
			if (++depth >= MAX_DEPTH)
				malformed("nested too deeply");
			c->at++;
		} else if (*c->at == '}' || *c->at == ']') {
			if (--depth < 0)
				malformed("unbalanced brackets");
			c->at++;
		} else if (depth > 0) {
			c->at++;
		} else {
			while (c->at < c->end && !strchr(",}] \t\r", *c->at))
				c->at++;
			if (c->at == start)
				malformed("a value is missing or does not end");
		}
	} while (depth > 0);
}

static uint64_t parse_whole(const char *text, size_t length)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			malformed("id and repeat are whole numbers, 0 or more");
		if (number > (UINT64_C(1) << 53) / 10)
			malformed("a number is too large");
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number;
}

static uint32_t parse_hex(const struct cursor *c)
{
	uint32_t value = 0;

	if (c->end - c->at < 4)
		malformed("an escape does not end");
	for (int i = 0; i < 4; i++) {
		char digit = c->at[i];

		if (digit >= '0' && digit <= '9')
			value = value * 16 + (uint32_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			value = value * 16 + (uint32_t)((digit | 0x20) - 'a' + 10);
		else
			malformed("an escape with a digit that is not hexadecimal");
	}
	return value;
}

/* The digits behind \u, and those of the second half of a pair. A half without its other becomes U+FFFD, as in Node. */
static uint32_t parse_code_point(struct cursor *c)
{
	uint32_t code = parse_hex(c);

	c->at += 4;
	if (code < 0xd800 || code > 0xdfff)
		return code;
	if (code < 0xdc00 && c->end - c->at >= 6 && c->at[0] == '\\' && c->at[1] == 'u') {
		struct cursor second = {c->at + 2, c->end};
		uint32_t low = parse_hex(&second);

		if (low >= 0xdc00 && low <= 0xdfff) {
			c->at += 6;
			return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return NO_CHARACTER;
}

static char *put_code_point(char *into, uint32_t code)
{
	if (code < 0x80) {
		*into++ = (char)code;
		return into;
	}
	if (code < 0x800) {
		*into++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*into++ = (char)(0xe0 | code >> 12);
		} else {
			*into++ = (char)(0xf0 | code >> 18);
			*into++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*into++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*into++ = (char)(0x80 | (code & 0x3f));
	return into;
}

/* In place: no escape is shorter than what it stands for. */
static size_t unescape(char *text, size_t length)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	struct cursor c = {text, text + length};
	char *into = text;

	while (c.at < c.end) {
		if (*c.at != '\\') {
			*into++ = *c.at++;
			continue;
		}
		if (++c.at == c.end)
			malformed("an escape does not end");

		char letter = *c.at++;
		const char *found = letter ? strchr(letters, letter) : NULL;

		if (letter == 'u')
			into = put_code_point(into, parse_code_point(&c));
		else if (found)
			*into++ = meanings[found - letters];
		else
			malformed("an unknown escape");
	}
	return (size_t)(into - text);
}

void parse_call(char *line, size_t length, struct call *call)
{
	struct cursor c = {line, line + length};
	bool has_id = false;

	*call = (struct call){.repeat = 1};
	if (!take(&c, '{'))
		malformed("no object with an id");
	for (bool first = true; !take(&c, '}'); first = false) {
		if (!first && !take(&c, ','))
			malformed("no comma between members");
		skip_blanks(&c);
		if (c.at == c.end || *c.at != '"')
			malformed("no object with an id");

		char *key = c.at + 1;

		skip_string(&c);

		size_t key_length = (size_t)(c.at - 1 - key);

		if (!take(&c, ':'))
			malformed("no colon behind a key");
		skip_blanks(&c);

		char *value = c.at;

		skip_value(&c);

		size_t value_length = (size_t)(c.at - value);

		if (key_length == 2 && memcmp(key, "id", 2) == 0) {
			call->id = parse_whole(value, value_length);
			has_id = true;
		} else if (key_length == 6 && memcmp(key, "repeat", 6) == 0) {
			call->repeat = parse_whole(value, value_length);
		} else if (key_length == 5 && memcmp(key, "event", 5) == 0) {
			call->body = value;
			call->length = value_length;
		}
	}
	skip_blanks(&c);
	if (c.at != c.end || !has_id)
		malformed("no object with an id");
	if (call->repeat > MAX_REPEAT)
		malformed("repeat is over 1000000");
	if (call->body && *call->body == '"')
		call->length = unescape(++call->body, call->length - 2);
}

/* The line that is being written. What does not fit is left out and noted. */
static struct {
	char *bytes;
	size_t length;
	bool overflows;
} line;

static void put(const char *bytes, size_t length)
{
	if (line.overflows || length > MAX_LINE - line.length) {
		line.overflows = true;
		return;
	}
	memcpy(line.bytes + line.length, bytes, length);
	line.length += length;
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

static void put_number(uint64_t number)
{
	char digits[24];

	put(digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number));
}

static void begin_line(const char *head)
{
	if (!line.bytes)
		line.bytes = reserve(MAX_LINE);
	line.length = 0;
	line.overflows = false;
	put_text(head);
}

static void send_line(void)
{
	put_text("\n");
	write_line(line.bytes, line.length);
}

/* Length of the UTF-8 sequence at `bytes`; 0 where there is none (RFC 3629: no surrogates, nothing overlong). */
static size_t measure_character(const unsigned char *bytes, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (bytes[0] == 0xe0)
		low = 0xa0;
	if (bytes[0] == 0xed)
		high = 0x9f;
	if (bytes[0] == 0xf0)
		low = 0x90;
	if (bytes[0] == 0xf4)
		high = 0x8f;
	if (left < length || bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static bool is_utf8(const char *text, size_t length)
{
	for (size_t i = 0, step; i < length; i += step) {
		step = measure_character((const unsigned char *)text + i, length - i);
		if (step == 0)
			return false;
	}
	return true;
}

/* `text` is UTF-8. */
static void put_string(const char *text, size_t length)
{
	size_t kept = 0;

	put_text("\"");
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		char escape[8];

		if (byte >= 0x20 && byte != '"' && byte != '\\')
			continue;
		put(text + kept, i - kept);
		kept = i + 1;
		if (byte == '\n')
			put_text("\\n");
		else if (byte < 0x20)
			put(escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
		else
			put((char[]){'\\', (char)byte}, 2);
	}
	put(text + kept, length - kept);
	put_text("\"");
}

static void put_base64(const char *text, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text;

	put_text("\"");
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);

		put((char[]){digits[group >> 18], digits[group >> 12 & 63], left > 1 ? digits[group >> 6 & 63] : '=',
			     left > 2 ? digits[group & 63] : '='},
		    4);
	}
	put_text("\"");
}

/* Messages quote the server: what is no UTF-8 in them becomes question marks. */
static void put_message(const char *message)
{
	char text[512];
	size_t length = strnlen(message, sizeof text);

	memcpy(text, message, length);
	for (size_t i = 0, step; i < length; i += step) {
		step = measure_character((const unsigned char *)text + i, length - i);
		if (step > 0)
			continue;
		text[i] = '?';
		step = 1;
	}
	put_string(text, length);
}

static void put_error(const char *name, const char *message)
{
	put_text("\"error\":{\"name\":\"");
	put_text(name);
	put_text("\",\"message\":");
	put_message(message);
	put_text("}}");
}

void say_waiting(const char *message)
{
	begin_line("{\"type\":\"waiting\",\"message\":");
	put_message(message);
	put_text("}");
	send_line();
}

void say_ready(void)
{
	begin_line("{\"type\":\"ready\",\"runtime\":\"http\",\"version\":\"1\"}");
	send_line();
}

void say_failed(const char *name, const char *message)
{
	begin_line("{\"type\":\"failed\",");
	put_error(name, message);
	send_line();
}

void say_exit(int code)
{
	begin_line("{\"type\":\"exit\",\"code\":");
	put_number((uint64_t)code);
	put_text("}");
	send_line();
}

static void begin_answer(const struct call *call, bool ok)
{
	begin_line("{\"id\":");
	put_number(call->id);
	put_text(ok ? ",\"ok\":true,\"result\":" : ",\"ok\":false,");
}

static void put_result(const struct answer *answer)
{
	bool text = is_utf8(answer->body, answer->length);

	put_text("{\"statusCode\":");
	put_number((uint64_t)answer->status);
	put_text(",\"body\":");
	if (text)
		put_string(answer->body, answer->length);
	else
		put_base64(answer->body, answer->length);
	put_text(text ? "}" : ",\"isBase64Encoded\":true}");
}

/* `ns` has the duration of each call. */
void say_answer(const struct call *call, const struct answer *answer, const struct answer *other, const uint64_t *ns)
{
	if (!answer->error) {
		begin_answer(call, true);
		if (call->repeat == 0)
			put_text("null");
		else
			put_result(answer);
		/* It must not make the line too long for the answer itself. */
		if (other && answer->length + other->length < MAX_LINE / 8) {
			put_text(",\"other\":");
			put_result(other);
		}
		put_text(",\"ns\":[");
		for (uint64_t i = 0; i < call->repeat; i++) {
			if (i > 0)
				put_text(",");
			put_number(ns[i]);
		}
		put_text("]}");
		if (!line.overflows && line.length < MAX_LINE) {
			send_line();
			return;
		}
	}
	begin_answer(call, false);
	if (answer->error)
		put_error(answer->error, answer->message);
	else
		put_error("ResultTooLarge", "the answer is over 32 MiB as a line of JSON");
	send_line();
}
