/** `isogate replay` of one file as a process of its own on one CPU, with its time and its peak memory. */

import { spawn } from 'node:child_process';

export interface ReplayCost {
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
  /** 0 to 3, as `isogate replay` ends. */
  code: number;
}

/** Written by the process itself as it exits: Node does not tell what a child has used. */
const REPORT =
  "data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,JSON.stringify(process.resourceUsage())))";

export async function runReplay(cli: string, file: string, cpu: number, signal: AbortSignal): Promise<ReplayCost> {
  const startMs = performance.now();
  const child = spawn('taskset', ['-c', String(cpu), process.execPath, '--import', REPORT, cli, 'replay', file], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    signal,
  });
  let usage = '';
  let complaint = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    usage += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (code === null || code > 3 || usage === '')
    throw new Error(`isogate replay of ${file} ended with ${code}: ${complaint.trim()}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(usage) as NodeJS.ResourceUsage;
  return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024, code };
}
