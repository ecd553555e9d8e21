// What anybody would write to call a handler over pipes: no code of Isogate, an event loop, the lines of readline.
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [file, name] = process.argv.slice(2);
const module = await import(pathToFileURL(resolve(file)).href);
const handler = module[name] ?? module.default[name];
console.log('{"type":"ready"}');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, event } = JSON.parse(line);
  const result = await handler(event, { getRemainingTimeInMillis: () => 1000 });
  console.log(JSON.stringify({ id, ok: true, result }));
}
