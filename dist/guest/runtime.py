"""Language runtime for Python handlers: python3 -B -u runtime.py FILE EXPORT [NAME MEMORY_MIB TIME_LIMIT_MS]. The protocol is docs/reference/runtime-protocol.md.

One file without dependencies, because it is copied into images. It reads the channel synchronously: that has the
lowest latency on every kind of channel, and freezes the function between invocations as FaaS platforms do.
Modules that only some functions need are imported late: what is imported here is in every cold start.
"""

import json
import os
import re
import sys
import time

MAX_LINE_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 128
MAX_REPEAT = 1_000_000
MAX_MESSAGE_BYTES = 4096
MAX_ID = 2**53 - 1
EXIT_MALFORMED = 2
MAX_CAUSES = 16
# The function's directory, which the function may leave.
ROOT = os.getcwd()
# Of getaddrinfo, in glibc and musl alike (netdb.h).
RESOLVER_CODES = {-2: "EAI_NONAME", -3: "EAI_AGAIN", -4: "EAI_FAIL", -5: "EAI_NODATA"}
# inspect.CO_VARARGS: the function takes any number of positional arguments.
CO_VARARGS = 0x04
# inspect.CO_GENERATOR and CO_ASYNC_GENERATOR.
CO_GENERATORS = 0x20 | 0x200


class HandlerNotFound(Exception):
    pass


class UnknownSignature(Exception):
    pass


class ResultNotSerialisable(Exception):
    pass


class ResultTooLarge(Exception):
    pass


def stop(code, message):
    """Ends at once, past every handler that the function may have installed."""
    os.write(2, f"isogate runtime: {message}\n".encode("utf-8", "replace"))
    os._exit(code)


def truncate(text, limit):
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        data = data[: limit - 3] + "…".encode()
    return data.decode("utf-8", "ignore")


def misses_program(error):
    """Of subprocess: there is no such program, or a shell found none, which it says by 127."""
    if type(error).__name__ == "CalledProcessError":
        return error.returncode == 127
    trace = error.__traceback__ if isinstance(error, FileNotFoundError) else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "subprocess"


def misses_variable(error):
    """os.environ[NAME] of a variable that is not there: its own frame raised the KeyError."""
    trace = error.__traceback__ if isinstance(error, KeyError) else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_locals.get("self") is os.environ


def misses_dependency(error):
    """An import of what is not there, in a function that lists what it needs."""
    if not isinstance(error, ModuleNotFoundError):
        return False
    return any(os.path.exists(os.path.join(ROOT, file)) for file in ("requirements.txt", "pyproject.toml"))


def is_own(file):
    """Of the function: neither of the runtime nor of Python, which may lie in the same directory, nor of a package."""
    others = (os.path.abspath(__file__), os.path.join(os.path.dirname(os.__file__), ""))
    is_inside = file.startswith(os.path.join(ROOT, "")) and not file.startswith(others)
    return is_inside and "site-packages" not in file and not os.path.basename(file).startswith("<")


def place_of(error):
    """FILE:LINE in the function's directory, where the error came through last; None where it did not."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    # No frame is in a file that could not be parsed.
    if isinstance(error, SyntaxError):
        places.append((error.filename, error.lineno))
    for name, line in reversed(places):
        file = os.path.join(ROOT, name or "<none>")
        if is_own(file):
            return truncate(f"{os.path.relpath(file, ROOT)}:{line}", 256)
    return None


def code_of(error):
    """The code of the error that caused the others, or None: what libraries raise often says less."""
    code, seen, waiting = None, set(), [error]
    while waiting and len(seen) < MAX_CAUSES:
        error = waiting.pop(0)
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        if misses_program(error):
            return "MISSING_PROGRAM"
        # What was handled before another failure with a code of its own is not the cause.
        if code is None and misses_variable(error):
            return "MISSING_VARIABLE"
        if code is None and misses_dependency(error):
            return "MISSING_MODULE"
        number = getattr(error, "errno", None)
        if type(error).__name__ == "gaierror":
            code = RESOLVER_CODES.get(number, "EAI_FAIL")
        elif isinstance(number, int):
            import errno

            code = errno.errorcode.get(number, code)
        waiting += [error.__cause__, error.__context__, getattr(error, "reason", None)]
    return code


def describe(error):
    try:
        message = str(error)
    except Exception:  # an exception whose __str__ fails still has a name
        message = "the error cannot be shown"
    what = {"name": truncate(type(error).__name__, 100), "message": truncate(message, MAX_MESSAGE_BYTES)}
    for key, find in (("code", code_of), ("place", place_of)):
        try:
            value = find(error)
        except Exception:  # its attributes may be anything
            value = None
        if value is not None:
            what[key] = value
    return what


class Channel:
    def __init__(self):
        numbers = os.environ.pop("ISOGATE_CHANNEL", "0,1").split(",")
        self.input, self.output = int(numbers[0]), int(numbers[1])
        for number in (self.input, self.output):
            os.set_inheritable(number, False)
        self.rest = b""

    def write_line(self, text):
        data = memoryview(text.encode() + b"\n")
        while data:
            data = data[os.write(self.output, data) :]

    def read_line(self):
        """The next line without its newline, or None at the end of the channel."""
        parts, length, data = [], 0, self.rest
        while True:
            end = data.find(b"\n")
            if length + (len(data) if end < 0 else end) >= MAX_LINE_BYTES:
                stop(EXIT_MALFORMED, "the request is over 32 MiB")
            if end >= 0:
                self.rest = data[end + 1 :]
                parts.append(data[:end])
                return b"".join(parts)
            length += len(data)
            parts.append(data)
            data = os.read(self.input, 65536)
            if not data:
                if length > 0:
                    stop(EXIT_MALFORMED, "the channel ended in the middle of a line")
                return None


def is_too_deep(line):
    # Most requests have fewer brackets than levels allowed, and need no closer look.
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', line, re.DOTALL):
        byte = match.group()
        depth += 1 if byte in (b"[", b"{") else -1 if byte in (b"]", b"}") else 0
        if depth > MAX_DEPTH:
            return True
    return False


def is_whole(value, highest):
    return type(value) is int and 0 <= value <= highest


def read_request(line):
    if is_too_deep(line):
        stop(EXIT_MALFORMED, f"the request is nested over {MAX_DEPTH} levels")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        stop(EXIT_MALFORMED, f"the request is no JSON: {truncate(str(error), 200)}")
    if not isinstance(request, dict) or not is_whole(request.get("id"), MAX_ID):
        stop(EXIT_MALFORMED, "the request has no id, a whole number from 0")
    if not is_whole(request.get("repeat", 1), MAX_REPEAT):
        stop(EXIT_MALFORMED, f"repeat is no whole number from 0 to {MAX_REPEAT}")
    return request["id"], request.get("event"), request.get("repeat", 1)


class Awaiter:
    """Runs coroutines on one event loop for the life of the instance; asyncio is imported only when needed."""

    def __init__(self):
        self.loop = None

    def settle(self, result):
        if self.loop is None:
            import asyncio

            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(result)


class Context:
    """The members of the context that AWS Lambda documents for Python handlers."""

    function_version = "$LATEST"
    log_stream_name = "isogate"
    identity = None
    client_context = None
    calls = 0

    def __init__(self, function):
        self.function_name = function.name
        self.memory_limit_in_mb = function.memory_mib
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.invoked_function_arn = f"arn:aws:lambda:local:000000000000:function:{function.name}"
        Context.calls += 1
        # The same in every isolation for the same call, so that an answer that holds it is the same too.
        self.aws_request_id = f"00000000-0000-4000-8000-{Context.calls:012d}"
        self._deadline = time.monotonic() + function.time_limit_ms / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def signature_of(handler):
    """How many positional arguments it needs and takes at most; None where it has no Python code.

    A module as heavy as inspect would be in every cold start.
    """
    function = handler if hasattr(handler, "__code__") else getattr(type(handler), "__call__", None)
    code = getattr(function, "__code__", None)
    if code is None or isinstance(handler, type):
        return None
    # A method's first parameter is its own object.
    is_bound = function is not handler or hasattr(handler, "__self__")
    most = code.co_argcount - is_bound
    needed = most - len(getattr(function, "__defaults__", None) or ())
    return needed, 255 if code.co_flags & CO_VARARGS else most


def takes_context(handler):
    signature = signature_of(handler)
    return signature is None or signature[1] >= 2


def refuse_signature(handler):
    """Why it cannot be called with (event, context) or (event); None where nothing speaks against it."""
    if isinstance(handler, type):
        return "is a class: name a function that calls it"
    code = getattr(handler, "__code__", None)
    if code is not None and code.co_flags & CO_GENERATORS:
        return "is a generator: return the response"
    signature = signature_of(handler)
    if signature is None:
        return None
    needed, most = signature
    if needed > 2:
        return f"needs {needed} arguments: take (event, context)"
    if most < 1:
        return "takes no arguments: take (event, context)"
    return None


class Function:
    """The handler, with what its context says of it."""

    def __init__(self, handler, name="function", memory_mib="256", time_limit_ms="30000"):
        self.handler = handler
        self.name, self.memory_mib, self.time_limit_ms = name, memory_mib, int(time_limit_ms)
        self.takes_context = takes_context(handler)


class Answers:
    """Compares the answers of one message.

    It is enough to do so once in an instance, in its warm-up: more would only take time in the messages that are measured.
    """

    is_looked_at = False

    def __init__(self):
        Answers.is_looked_at = True
        self.first = self.unlike = None

    def add(self, result):
        text = result_text(result)
        if self.first is None:
            self.first = text
        elif self.unlike is None and text != self.first:
            self.unlike = text

    def other_than(self, last):
        """The text of one that is not the last."""
        return self.unlike if self.first == last else self.first


def is_error_answer(result):
    """Looked for in every message, because errors may begin late."""
    if type(result) is not dict:
        return False
    status = result.get("statusCode")
    return type(status) in (int, float) and status >= 400


def invoke(function, awaiter, event, repeat):
    failed = None
    result, ns, now, handler = None, [], time.perf_counter_ns, function.handler
    answers = Answers() if repeat > 1 and not Answers.is_looked_at else None
    # Handlers may change their event: each further call gets one that is parsed anew, outside of the time that is taken.
    text = json.dumps(event) if repeat > 1 else ""
    for i in range(repeat):
        if i > 0:
            event = json.loads(text)
        arguments = (event, Context(function)) if function.takes_context else (event,)
        start = now()
        result = handler(*arguments)
        if hasattr(result, "__await__"):
            result = awaiter.settle(result)
        ns.append(now() - start)
        if answers is not None:
            answers.add(result)
        if repeat > 1 and failed is None and is_error_answer(result):
            failed = result
    return result, ns, answers, failed


def result_text(result):
    try:
        # NaN and Infinity are no JSON.
        return json.dumps(result, separators=(",", ":"), allow_nan=False)
    except Exception as error:
        raise ResultNotSerialisable(f"the result cannot be written as JSON: {describe(error)['message']}") from error


class Errors:
    """The first error's traceback goes to stderr, where the host keeps a tail; the rest would only repeat it."""

    def __init__(self):
        self.shown = False

    def show(self, error):
        if self.shown:
            return
        self.shown = True
        import traceback

        # format_exception(error) alone needs Python 3.10.
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        try:
            os.write(2, truncate("".join(lines), MAX_MESSAGE_BYTES).encode("utf-8", "replace"))
        except OSError:
            pass  # nobody reads stderr: the reply still tells what happened


def reply(function, awaiter, errors, request_id, event, repeat):
    try:
        result, ns, answers, failed = invoke(function, awaiter, event, repeat)
        text = result_text(result)
        line = f'{{"id":{request_id},"ok":true,"result":{text},"ns":[{",".join(map(str, ns))}]}}'
        failure = text if failed is None else result_text(failed)
        other = failure if failure != text else None if answers is None else answers.other_than(text)
        longer = "" if other is None else f'{line[:-1]},"other":{other}}}'
        if longer and len(longer) < MAX_LINE_BYTES:
            return longer
        # json.dumps writes ASCII: characters are bytes. One more for the newline.
        if len(line) + 1 > MAX_LINE_BYTES:
            raise ResultTooLarge(
                f"the reply takes {len(line) + 1} bytes, the limit is {MAX_LINE_BYTES}: return less"
            )
        return line
    except SystemExit:
        raise
    except BaseException as error:
        errors.show(error)
        return json.dumps({"id": request_id, "ok": False, "error": describe(error)})


def load_handler(file, name):
    import importlib.util

    if not os.path.exists(file):
        raise HandlerNotFound(f"{file} is not in the function's directory: correct handler, or let build make it")
    directory, root = os.path.dirname(os.path.abspath(file)), os.getcwd()
    module_name = os.path.splitext(os.path.basename(file))[0]
    package = os.path.dirname(os.path.normpath(file))
    if package and os.path.exists(os.path.join(directory, "__init__.py")):
        # A module of a package: imported below the function's directory, as platforms import `package.module.handler`.
        sys.path[0] = root
        importlib.import_module(package.replace(os.sep, "."))
        module_name = f"{package.replace(os.sep, '.')}.{module_name}"
    else:
        # As python3 FILE would have it, so that the function's own modules are found; then the function's directory.
        sys.path[0:1] = [directory] if directory == root else [directory, root]
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None:
        raise HandlerNotFound(f"{file} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        own = [key for key, value in vars(module).items() if getattr(value, "__module__", None) == module_name]
        raise HandlerNotFound(f"{file} has no {name}; it has: {', '.join(own) or 'nothing'}")
    handler = getattr(module, name)
    if not callable(handler):
        raise HandlerNotFound(f"{name} of {file} is no function but a {type(handler).__name__}")
    reason = refuse_signature(handler)
    if reason is not None:
        raise UnknownSignature(f"{name} of {file} {reason}")
    return handler


def exit_code(error):
    """What the interpreter would make of sys.exit(VALUE)."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def main(arguments):
    if len(arguments) not in (2, 5):
        stop(EXIT_MALFORMED, "usage: runtime.py FILE EXPORT [NAME MEMORY_MIB TIME_LIMIT_MS]")
    channel, awaiter, errors = Channel(), Awaiter(), Errors()
    try:
        function = Function(load_handler(*arguments[:2]), *arguments[2:])
    except BaseException as error:
        errors.show(error)
        what = describe(error)
        if isinstance(error, SystemExit):
            what = {"name": "Exit", "message": f"the process exited with code {exit_code(error)} while the module was loading"}
        channel.write_line(json.dumps({"type": "failed", "error": what}))
        os._exit(1)
    version = ".".join(map(str, sys.version_info[:3]))
    channel.write_line(json.dumps({"type": "ready", "runtime": "python", "version": version}))
    try:
        line = channel.read_line()
        while line is not None:
            channel.write_line(reply(function, awaiter, errors, *read_request(line)))
            line = channel.read_line()
    except SystemExit as error:
        channel.write_line(json.dumps({"type": "exit", "code": exit_code(error)}))
        raise


if __name__ == "__main__":
    main(sys.argv[1:])
