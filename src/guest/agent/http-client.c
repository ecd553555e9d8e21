/* As much of HTTP/1.1 (RFC 9112) as one request at a time to one server over loopback needs. The connection is kept
 * and used again, as a platform's proxy does. The server is the function, so nothing that it sends is trusted. */
#include "http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_HEAD = 64 * 1024, MAX_INTERIM = 16, IDLE_SECONDS = 1 };

/* Whether an exchange ended before the server said anything: an idle connection may be closed at any time. */
enum outcome { ANSWERED, CLOSED_UNUSED, FAILED };

struct head {
	int status;
	bool chunked, has_length, closes;
	uint64_t length;
};

static int connection = -1;
/* What was received and not yet used. */
static char input[MAX_HEAD];
static size_t input_start, input_end;
static char *body;
/* What of the request was not sent yet, and whether the server took no more of it. */
static struct msghdr unsent;
static bool is_cut_off;
static void (*when_idle)(void);

static enum outcome refuse(struct answer *answer, const char *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum outcome refuse(struct answer *answer, const char *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->message, sizeof answer->message, format, arguments);
	va_end(arguments);
	answer->error = error;
	return FAILED;
}

static enum outcome refuse_malformed(struct answer *answer, const char *what)
{
	return refuse(answer, "MalformedAnswer", "the server's answer is not HTTP/1.1: %s", what);
}

void disconnect(void)
{
	if (connection >= 0)
		close(connection);
	connection = -1;
	input_start = input_end = 0;
}

static bool connect_socket(const struct sockaddr *address, socklen_t length)
{
	const struct timeval idle = {.tv_sec = IDLE_SECONDS};
	const int on = 1;

	connection = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0)
		return false;
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
	if (connect(connection, address, length) == 0)
		return true;
	int reason = errno;

	disconnect();
	errno = reason;
	return false;
}

/* Servers that are told `localhost` may listen on either address. */
bool connect_to_server(uint16_t port, struct answer *answer)
{
	const struct sockaddr_in ipv4 = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	if (connect_socket((const struct sockaddr *)&ipv4, sizeof ipv4))
		return true;
	int reason = errno;

	if (connect_socket((const struct sockaddr *)&ipv6, sizeof ipv6))
		return true;
	if (reason == ECONNREFUSED)
		refuse(answer, "ConnectionRefused", "nothing listens on port %u: connections are refused", port);
	else
		refuse(answer, "ConnectionFailed", "connect to port %u: %s", port, strerror(reason));
	return false;
}

/* Takes what was sent off the front of `unsent`. */
static void forget_sent(size_t count)
{
	while (unsent.msg_iovlen > 0) {
		struct iovec *part = unsent.msg_iov;

		if (count < part->iov_len) {
			part->iov_base = (char *)part->iov_base + count;
			part->iov_len -= count;
			return;
		}
		count -= part->iov_len;
		unsent.msg_iov++;
		unsent.msg_iovlen--;
	}
}

/* Sends until all is sent, the server has said something, or a second has passed. A server may answer before it has
 * read the whole request, or not read it at all: sending and receiving must not wait for each other. False where
 * nothing more can be sent. */
static bool send_more(void)
{
	while (unsent.msg_iovlen > 0) {
		ssize_t sent = sendmsg(connection, &unsent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent >= 0) {
			forget_sent((size_t)sent);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return false;

		struct pollfd wait = {.fd = connection, .events = POLLIN | POLLOUT};
		int events = poll(&wait, 1, IDLE_SECONDS * 1000);

		if (events == 0 && when_idle)
			when_idle();
		if (events > 0 && (wait.revents & ~POLLOUT))
			return true;
	}
	return true;
}

/* As recv; a second without a byte is no error. */
static ssize_t receive(char *into, size_t capacity)
{
	for (;;) {
		if (unsent.msg_iovlen > 0 && !send_more())
			unsent.msg_iovlen = 0, is_cut_off = true;

		ssize_t count = recv(connection, into, capacity, 0);

		if (count >= 0)
			return count;
		if (errno == EAGAIN && when_idle)
			when_idle();
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
}

/* More into `input`. False at the end of the connection, or when there is no space left in it. */
static bool receive_input(void)
{
	if (input_start > 0) {
		memmove(input, input + input_start, input_end - input_start);
		input_end -= input_start;
		input_start = 0;
	}
	if (input_end == sizeof input)
		return false;

	ssize_t count = receive(input + input_end, sizeof input - input_end);

	if (count <= 0)
		return false;
	input_end += (size_t)count;
	return true;
}

static enum outcome refuse_end(struct answer *answer, const char *where)
{
	if (input_end == sizeof input && input_start == 0)
		return refuse(answer, "MalformedAnswer", "%s of the server's answer has a part of over 64 KiB", where);
	return refuse(answer, "ConnectionClosed", "the server closed the connection in the middle of its answer (%s)", where);
}

/* Whether the server has closed an idle connection, or has sent something that nobody asked for. */
static bool is_stale(void)
{
	char byte;

	return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

/* The next line of `input`, without its end; more is received as needed. NULL when there is none. */
static char *take_line(size_t *length)
{
	for (size_t searched = 0;;) {
		char *start = input + input_start;
		char *newline = memchr(start + searched, '\n', input_end - input_start - searched);

		if (newline) {
			*length = (size_t)(newline - start);
			input_start += *length + 1;
			if (*length > 0 && start[*length - 1] == '\r')
				--*length;
			return start;
		}
		searched = input_end - input_start;
		if (!receive_input())
			return NULL;
	}
}

/* Whether a comma-separated list has this word. */
static bool has_word(const char *list, size_t length, const char *word)
{
	size_t word_length = strlen(word);

	for (const char *end = list + length; list < end;) {
		const char *comma = memchr(list, ',', (size_t)(end - list));
		const char *stop = comma ? comma : end;

		while (list < stop && (*list == ' ' || *list == '\t'))
			list++;

		const char *last = stop;

		while (last > list && (last[-1] == ' ' || last[-1] == '\t'))
			last--;
		if ((size_t)(last - list) == word_length && strncasecmp(list, word, word_length) == 0)
			return true;
		list = stop + 1;
	}
	return false;
}

static bool parse_status(const char *line, size_t length, struct head *head)
{
	if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' || line[8] != ' ')
		return false;
	if (length > 12 && line[12] != ' ')
		return false;
	for (int i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		head->status = head->status * 10 + (line[i] - '0');
	}
	head->closes = line[7] == '0';
	return head->status >= 100;
}

static bool parse_length(const char *value, size_t length, struct head *head)
{
	uint64_t number = 0;

	if (length == 0 || length > 18)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value[i] - '0');
	}
	if (head->has_length && head->length != number)
		return false;
	head->has_length = true;
	head->length = number;
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *parse_header(const char *line, size_t length, struct head *head)
{
	const char *colon = memchr(line, ':', length);
	size_t name = colon ? (size_t)(colon - line) : 0;

	if (name == 0 || line[0] == ' ' || line[0] == '\t' || line[name - 1] == ' ' || line[name - 1] == '\t')
		return "a line of its head is no header";

	const char *value = colon + 1;
	size_t value_length = length - name - 1;

	while (value_length > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		value_length--;
	}
	while (value_length > 0 && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t'))
		value_length--;
	if (name == 14 && strncasecmp(line, "content-length", name) == 0)
		return parse_length(value, value_length, head) ? NULL : "Content-Length is not one whole number";
	if (name == 17 && strncasecmp(line, "transfer-encoding", name) == 0) {
		if (head->chunked || value_length != 7 || strncasecmp(value, "chunked", 7) != 0)
			return "its Transfer-Encoding is not chunked";
		head->chunked = true;
	}
	if (name == 10 && strncasecmp(line, "connection", name) == 0) {
		if (has_word(value, value_length, "close"))
			head->closes = true;
		else if (has_word(value, value_length, "keep-alive"))
			head->closes = false;
	}
	return NULL;
}

/* One head, which may be that of an interim answer. */
static enum outcome read_head(struct head *head, struct answer *answer)
{
	size_t length, total = 0;
	char *line;

	*head = (struct head){0};
	for (bool first = true;; first = false) {
		line = take_line(&length);
		if (!line)
			return refuse_end(answer, "the head");
		total += length + 2;
		if (total > MAX_HEAD)
			return refuse(answer, "MalformedAnswer", "the head of the server's answer is over 64 KiB");
		if (first && !parse_status(line, length, head)) {
			for (size_t i = 0; i < length; i++)
				if (line[i] < 0x20 || line[i] == 0x7f)
					line[i] = '?';
			return refuse(answer, "MalformedAnswer", "the server does not speak HTTP/1.1: it began with “%.*s”",
				      length < 60 ? (int)length : 60, line);
		}
		if (first)
			continue;
		if (length == 0)
			return ANSWERED;

		const char *wrong = parse_header(line, length, head);

		if (wrong)
			return refuse_malformed(answer, wrong);
	}
}

static enum outcome refuse_size(struct answer *answer)
{
	return refuse(answer, "ResultTooLarge", "the server's answer is over 32 MiB");
}

/* `length` bytes to the end of the body. */
static enum outcome read_exactly(uint64_t length, struct answer *answer)
{
	if (length > MAX_LINE - answer->length)
		return refuse_size(answer);
	for (char *into = body + answer->length; length > 0;) {
		size_t ready = input_end - input_start;
		ssize_t count;

		if (ready > length)
			ready = (size_t)length;
		if (ready > 0) {
			memcpy(into, input + input_start, ready);
			input_start += ready;
			count = (ssize_t)ready;
		} else {
			count = receive(into, (size_t)length);
		}
		if (count <= 0)
			return refuse(answer, "ConnectionClosed",
				      "the server closed the connection in the middle of its answer (%llu bytes are missing)",
				      (unsigned long long)length);
		into += count;
		length -= (uint64_t)count;
		answer->length += (size_t)count;
	}
	return ANSWERED;
}

static enum outcome read_until_closed(struct answer *answer)
{
	size_t ready = input_end - input_start;

	memcpy(body, input + input_start, ready);
	answer->length = ready;
	input_start = input_end;
	for (;;) {
		ssize_t count;

		if (answer->length == MAX_LINE)
			return refuse_size(answer);
		count = receive(body + answer->length, MAX_LINE - answer->length);
		if (count < 0)
			return refuse(answer, "ConnectionClosed", "the connection broke in the middle of the answer: %s",
				      strerror(errno));
		if (count == 0)
			return ANSWERED;
		answer->length += (size_t)count;
	}
}

/* Size of a chunk, in hexadecimal, before any extension. */
static bool parse_chunk_size(const char *line, size_t length, uint64_t *size)
{
	size_t i = 0;

	for (*size = 0; i < length && i < 9; i++) {
		char digit = line[i];

		if (digit >= '0' && digit <= '9')
			*size = *size * 16 + (uint64_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			*size = *size * 16 + (uint64_t)((digit | 0x20) - 'a' + 10);
		else
			break;
	}
	return i > 0 && i < 9 && (i == length || line[i] == ';' || line[i] == ' ' || line[i] == '\t');
}

static enum outcome read_chunks(struct answer *answer)
{
	uint64_t size;
	size_t length, trailers = 0;
	char *line;

	do {
		line = take_line(&length);
		if (!line)
			return refuse_end(answer, "the size of a chunk");
		if (!parse_chunk_size(line, length, &size))
			return refuse_malformed(answer, "the size of a chunk is no hexadecimal number");
		if (size == 0)
			break;
		if (read_exactly(size, answer) != ANSWERED)
			return FAILED;
		line = take_line(&length);
		if (!line)
			return refuse_end(answer, "the end of a chunk");
		if (length != 0)
			return refuse_malformed(answer, "a chunk is longer than it says");
	} while (true);
	do {
		line = take_line(&length);
		if (!line)
			return refuse_end(answer, "the trailers");
		trailers += length + 2;
		if (trailers > MAX_HEAD)
			return refuse(answer, "MalformedAnswer", "the trailers of the server's answer are over 64 KiB");
	} while (length > 0);
	return ANSWERED;
}

static enum outcome read_body(struct head *head, struct answer *answer)
{
	answer->body = body;
	answer->length = 0;
	if (head->status == 204 || head->status == 304)
		return ANSWERED;
	if (head->chunked)
		return read_chunks(answer);
	if (head->has_length)
		return read_exactly(head->length, answer);
	head->closes = true;
	return read_until_closed(answer);
}

static enum outcome read_answer(struct answer *answer)
{
	struct head head = {0};
	enum outcome outcome;

	input_start = input_end = 0;
	if (!receive_input())
		return CLOSED_UNUSED;
	for (int interim = 0; head.status < 200; interim++) {
		if (interim > MAX_INTERIM)
			return refuse_malformed(answer, "it has more than 16 interim answers");
		if (read_head(&head, answer) != ANSWERED)
			return FAILED;
		if (head.status == 101)
			return refuse_malformed(answer, "the server switched to another protocol");
	}
	outcome = read_body(&head, answer);
	answer->status = head.status;
	/* More than was announced belongs to no request of ours. */
	if (outcome == ANSWERED && (head.closes || unsent.msg_iovlen > 0 || is_cut_off || input_start < input_end))
		disconnect();
	return outcome;
}

/* `head` ends with an empty line. A request that found a connection closed which was good before is sent once more. */
void exchange(uint16_t port, const char *head, const char *request, size_t length, void (*on_idle)(void),
	      struct answer *answer)
{
	when_idle = on_idle;
	if (!body)
		body = reserve(MAX_LINE);
	for (;;) {
		bool reused = connection >= 0 && !is_stale();
		struct iovec parts[] = {{(char *)head, strlen(head)}, {(char *)request, length}};
		enum outcome outcome;

		*answer = (struct answer){0};
		if (!reused) {
			disconnect();
			if (!connect_to_server(port, answer))
				return;
		}
		unsent = (struct msghdr){.msg_iov = parts, .msg_iovlen = length > 0 ? 2 : 1};
		is_cut_off = false;
		outcome = read_answer(answer);
		if (outcome == ANSWERED)
			return;
		disconnect();
		if (outcome == FAILED)
			return;
		if (!reused) {
			refuse(answer, "ConnectionClosed", "the server closed the connection without an answer");
			return;
		}
	}
}
