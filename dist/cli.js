#!/usr/bin/env node
if(process.argv[2]===`--version`||process.argv[2]===`-V`)process.stdout.write(`0.1.0
`);else{process.exitCode=5;let{runProcess:e}=await import(`./chunks/main.js`);await e(new URL(`./guest/`,import.meta.url))}export{};