/** Calls a function of Azure's third model for Node, in which a function.json stands beside the file. */
export const azureNode = (
  file: string,
  binding: string,
  kind: 'http' | 'timer' | 'other',
): string => `// Written by isogate init: calls ${file} as Azure Functions does, so that Isogate can measure it.
import * as loaded from './${file}';

const handle = [loaded.default, loaded.default?.run, loaded.run, loaded.default?.default].find(
  (one) => typeof one === 'function',
);

const inputOf = (event) => {
  ${INPUTS[kind]}
};

export const handler = async (event, { awsRequestId: invocationId }) => {
  const log = Object.assign(() => {}, { error() {}, warn() {}, info() {}, verbose() {} });
  const input = inputOf(event);
  let finish;
  const ended = new Promise((resolve, reject) => {
    finish = (error, value) => (error ? reject(error) : resolve(value));
  });
  const answer = {};
  const context = {
    invocationId, log, done: finish, bindingData: { invocationId }, executionContext: { invocationId },
    bindings: { ${binding}: input }, req: input,
    res: {
      headers: {}, status: (code) => Object.assign(answer, { status: code }) && context.res,
      send: (body) => Object.assign(answer, { body }) && finish(),
      json: (body) => Object.assign(answer, { body }) && finish(),
    },
  };
  const returned = handle(context, input);
  const value = returned instanceof Promise ? await returned : await ended;
  const http = context.bindings.res ?? value?.res ?? (typeof context.res?.status === 'function' ? answer : context.res);
  ${RESULTS[kind]}
};
`;

const INPUTS = {
  http: `const headers = { host: 'localhost', 'content-type': 'application/json' };
  return { method: 'POST', url: 'http://localhost/', headers, query: {}, params: {}, body: event, rawBody: JSON.stringify(event) };`,
  timer: `return { isPastDue: false, schedule: {}, scheduleStatus: {}, ...event };`,
  other: 'return event;',
};
const RESULTS = {
  http: `return { statusCode: Number(http?.status ?? http?.statusCode ?? 200), body: http?.body ?? null };`,
  timer: 'return value ?? null;',
  other: 'return value ?? null;',
};

/** Calls a function of Azure's for Python that is triggered by HTTP, of either model. */
export const azurePython = (
  module: string,
  name: string,
): string => `"""Written by isogate init: calls ${name} as Azure Functions does, so that Isogate can measure it."""
import asyncio
import importlib
import inspect
import json

import azure.functions as func

module = importlib.import_module(${JSON.stringify(module)})


def find():
    app = getattr(module, "app", None)
    if isinstance(app, func.FunctionApp):
        for one in app.get_functions():
            if one.get_function_name() == ${JSON.stringify(name)}:
                return one.get_user_function()
    return module.main


function = find()


def handler(event, context):
    request = func.HttpRequest(
        method="POST",
        url="http://localhost/api/${name}",
        headers={"content-type": "application/json"},
        params={},
        route_params={},
        body=json.dumps(event).encode(),
    )
    result = function(request)
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    if isinstance(result, func.HttpResponse):
        return {"statusCode": result.status_code, "body": result.get_body().decode("utf-8", "replace")}
    return {"statusCode": 200, "body": result}
`;
