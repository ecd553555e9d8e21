/** Calls `handler.js` as the node templates of OpenFaaS do. The event of Isogate is the body. */
export const OPENFAAS_NODE = `// Written by isogate init: calls the handler as the template of OpenFaaS does, so that Isogate can measure it.
// The event of Isogate is the body: a text as it is, anything else as JSON.
import * as loaded from './handler.js';

const handle = [loaded.default, loaded.default?.handler, loaded.handler, loaded.default?.default].find(
  (one) => typeof one === 'function',
);

class Context {
  statusCode = 200;
  headerValues = {};
  value = undefined;
  error = undefined;

  status(code) {
    if (code === undefined) return this.statusCode;
    this.statusCode = code;
    return this;
  }

  headers(values) {
    if (values === undefined) return this.headerValues;
    this.headerValues = values;
    return this;
  }

  succeed(value) {
    this.value = value;
    return this;
  }

  fail(error) {
    this.error = error;
    return this;
  }
}

const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

export const handler = async (body) => {
  const isText = typeof body === 'string';
  const headers = { host: 'localhost', 'content-type': isText ? 'text/plain' : 'application/json' };
  const event = { body, headers, method: 'POST', path: '/', query: {} };
  const context = new Context();
  const value = await new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(error) : resolve(result));
    Promise.resolve(handle(event, context, done)).then(
      (result) => (result !== undefined || handle.length < 3) && resolve(result),
      reject,
    );
  });
  if (context.error !== undefined) return { statusCode: 500, body: asText(context.error) };
  const result = value === undefined || value === context ? context.value : value;
  return { statusCode: context.statusCode, headers: context.headerValues, body: asText(result) };
};
`;

/** Calls `handle(event, context)` as the python3-http templates of OpenFaaS do. */
export const OPENFAAS_PYTHON = `"""Written by isogate init: calls the handler as the template of OpenFaaS does, so that Isogate can measure it.

The event of Isogate is the body: a text as it is, anything else as JSON.
"""
import json

import handler as function


class Event:
    def __init__(self, body, content_type):
        self.body = body.encode()
        self.headers = {"Host": "localhost", "Content-Type": content_type}
        self.method = "POST"
        self.query = {}
        self.path = "/"


class Context:
    hostname = "localhost"


def as_text(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value)


def handle(event, context):
    is_text = isinstance(event, str)
    request = Event(event if is_text else json.dumps(event), "text/plain" if is_text else "application/json")
    result = function.handle(request, Context())
    if isinstance(result, tuple):
        result = dict(zip(("body", "statusCode"), result))
    if not (isinstance(result, dict) and ("statusCode" in result or "body" in result)):
        result = {"body": result}
    return {
        "statusCode": int(result.get("statusCode", 200)),
        "headers": dict(result.get("headers") or {}),
        "body": as_text(result.get("body", "")),
    }
`;
