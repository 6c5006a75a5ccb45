/* SPDX-License-Identifier: GPL-3.0-or-later */
// What processes cost, read in /proc, and how the page cache is emptied.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const TICKS = 100; // USER_HZ, the same on all Linux architectures
const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const fields = (pid) => { const stat = read(`/proc/${pid}/stat`); return stat ? stat.slice(stat.lastIndexOf(')') + 2).split(' ') : null; };

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// A process and all that descend from it.
export function tree(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) && fields(entry);
    if (stat) children.set(+stat[1], [...(children.get(+stat[1]) ?? []), +entry]);
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]) ?? []));
  return found;
}

// Seconds of processor time used so far by these, children that have ended included.
export function cpuSeconds(pids) {
  let ticks = 0;
  for (const pid of pids) { const stat = fields(pid); if (stat) ticks += +stat[11] + +stat[12] + +stat[13] + +stat[14]; }
  return ticks / TICKS;
}

// Proportional share of memory in MB. A program that forbids to be traced shows it to root alone: then its resident
// size less what it shares is taken, which is smaller or equal.
export function pssMb(pids) {
  let kib = 0;
  for (const pid of pids) {
    const pss = read(`/proc/${pid}/smaps_rollup`).match(/^Pss:\s+(\d+)/m);
    const anon = read(`/proc/${pid}/status`).match(/^RssAnon:\s+(\d+)/m);
    kib += +(pss?.[1] ?? anon?.[1] ?? 0);
  }
  return (kib * 1024) / 1e6;
}

// Who draws on the screen (tools/headless names it): its processor time belongs to what is shown.
export function displayServer() {
  return +process.env.REGIE_DISPLAY_SERVER || null;
}

// TRUE when the kernel let go of what it keeps of files.
export function dropCaches() {
  try {
    execFileSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

// How much of the processors all programs took since the last call, in processors.
let lastBusy = null;
export function machineLoad() {
  const numbers = read('/proc/stat').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  const now = { busy: (numbers[0] + numbers[1] + numbers[2] + numbers[5] + numbers[6] + numbers[7]) / TICKS, at: performance.now() };
  const load = lastBusy ? (now.busy - lastBusy.busy) / ((now.at - lastBusy.at) / 1000) : 0;
  lastBusy = now;
  return load;
}

export const median = (numbers) => { const sorted = [...numbers].sort((a, b) => a - b); return sorted.length % 2 ? sorted[(sorted.length - 1) / 2] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2; };
export const percentile = (numbers, p) => { const sorted = [...numbers].sort((a, b) => a - b); return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]; };
