/** Serves a module of Vercel's or Netlify's functions, as `node isogate-server.mjs FILE node|web`. */
export const HTTP_SERVER = `// Written by isogate init: an HTTP server around a function of Vercel or Netlify, so that Isogate can measure it.
// node isogate-server.mjs FILE node    calls (request, response) with what Vercel adds to them, or GET, POST, … of a Request
// node isogate-server.mjs FILE web     calls (Request, context), which gives a Response
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [file, kind] = process.argv.slice(2);
const loaded = await import(pathToFileURL(resolve(file)).href);
const find = (name) => loaded[name] ?? loaded.default?.[name];
const whole = typeof loaded.default === 'function' ? loaded.default : loaded.default?.default;

const readBody = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

const parseBody = (type, body) => {
  if (body.length === 0) return undefined;
  if (type.includes('json')) return JSON.parse(body.toString());
  if (type.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(body.toString()));
  return type.startsWith('text/') ? body.toString() : body;
};

const callWeb = async (handle, request, response, body) => {
  const hasBody = !['GET', 'HEAD'].includes(request.method);
  const url = new URL(request.url, 'http://localhost');
  const web = new Request(url, { method: request.method, headers: request.headers, ...(hasBody ? { body } : {}) });
  const context = { params: {}, geo: {}, cookies: {}, site: {}, url, waitUntil: () => {} };
  const answer = (await handle(web, context)) ?? new Response(null, { status: 204 });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
};

const callNode = async (handle, request, response, body) => {
  const url = new URL(request.url, 'http://localhost');
  request.query = Object.fromEntries(url.searchParams);
  request.cookies = {};
  request.body = parseBody(request.headers['content-type'] ?? '', body);
  response.status = (code) => Object.assign(response, { statusCode: code });
  response.json = (value) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
    return response;
  };
  response.send = (value) => {
    if (typeof value === 'object' && !Buffer.isBuffer(value)) return response.json(value);
    response.end(String(value));
    return response;
  };
  response.redirect = (code, place) => {
    response.writeHead(typeof code === 'number' ? code : 307, { location: place ?? code });
    response.end();
  };
  await handle(request, response);
};

createServer(async (request, response) => {
  try {
    const body = await readBody(request);
    const method = find(request.method);
    if (method) await callWeb(method, request, response, body);
    else if (kind === 'web') await callWeb(whole, request, response, body);
    else await callNode(whole, request, response, body);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.statusCode = 500;
    response.end(String(error));
  }
}).listen(Number(process.env.PORT ?? 8080));
`;
