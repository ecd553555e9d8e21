"""What anybody would write to call a handler over pipes: no code of Isogate."""

import importlib.util
import inspect
import json
import sys

file, name = sys.argv[1:]
sys.path.insert(0, "/function")
spec = importlib.util.spec_from_file_location("function_module", file)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
handler = getattr(module, name)
more = [None] if len(inspect.signature(handler).parameters) > 1 else []
print('{"type":"ready"}', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "ok": True, "result": handler(request["event"], *more)}), flush=True)
