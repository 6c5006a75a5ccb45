/* SPDX-License-Identifier: GPL-3.0-or-later */
// node bench-start.mjs BUILD PEERS WORK JSON
// From the execution of the program to its first list with rows on the screen, seen by the same outside witness: Régie,
// which starts its engine too (CPU and PSS are of both), GNOME Text Editor with a document, Chromium with the same list
// as a React table.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as chromium from './harness/chromium.mjs';
import { Engine, dashboardEnvironment } from './harness/engine.mjs';
import { cpuSeconds, displayServer, dropCaches, median, pssMb, sleep, tree } from './harness/processes.mjs';
import { save } from './harness/results.mjs';
import { Witness } from './harness/witness.mjs';

const [build, peers, work, json] = process.argv.slice(2);
const N = 1000, COLD = 3, WARM = 5, SETTLE = 1500, TIMEOUT = 30000;
const display = displayServer();

// One start: executes, waits until the picture has settled, and takes the figures.
async function start(program, env) {
  const before = display ? cpuSeconds([display]) : 0;
  const witness = new Witness(join(build, 'tests/bench/witness'), program, { env });
  try {
    const seen = await witness.ask('start', SETTLE, TIMEOUT);
    if (!seen.settled) throw new Error(`${program[0]} did not come to rest`);
    const pids = witness.pids();
    if (process.env.BENCH_SHOTS) await witness.ask('shot', join(process.env.BENCH_SHOTS, `start-${program[0].split('/').pop()}.ppm`));
    return { first: seen.first, shown: seen.shown, cpu: cpuSeconds(pids) * 1000, pss: pssMb(pids),
      display: display ? (cpuSeconds([display]) - before) * 1000 : 0 };
  } finally {
    await witness.quit();
  }
}

const page = await chromium.servePage(join(peers, 'dist'), N);

// A window has no picture here: the page itself says when it is painted.
async function startHeadless() {
  const profile = chromium.newProfile();
  const painted = page.painted(TIMEOUT);
  const at = performance.now();
  const child = spawn(chromium.PROGRAM, [...chromium.flags(profile, { headless: true }), `${page.url}?start`], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  try {
    const shown = (await painted) - at;
    await sleep(SETTLE);
    const pids = tree(child.pid);
    return { shown, cpu: cpuSeconds(pids) * 1000, pss: pssMb(pids) };
  } finally {
    child.kill('SIGTERM');
    await ended;
    await chromium.removeProfile(profile);
  }
}

async function startWindow() {
  const profile = chromium.newProfile();
  try {
    return await start([chromium.PROGRAM, ...chromium.flags(profile, { headless: false }), `--app=${page.url}?start`], {});
  } finally {
    await chromium.removeProfile(profile);
  }
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const text = join(work, 'document.txt');
writeFileSync(text, Array.from({ length: 200 }, (_, i) => `Line ${i}: a document of ordinary words, as one opens it in the morning.\n`).join(''));
const engine = await Engine.start(build, work);
await engine.fill(N);
await engine.stop();
const cairo = { GSK_RENDERER: 'cairo' };
const own = dashboardEnvironment(build, work);
const sides = {
  regie: () => start([join(build, 'src/regie')], own),
  editor: () => start(['gnome-text-editor', '--standalone', '--ignore-session', text], cairo),
  window: startWindow,
  headless: startHeadless,
};
const names = { editor: 'gnome-text-editor', window: 'Chromium window, React table', headless: 'Chromium headless, React table' };

try {
  // Once without counting: each makes what it keeps (settings, caches), and Régie takes the list from its engine.
  for (const side of Object.values(sides)) await side();
  await sides.regie();
  const cold = {}, warm = {};
  const dropped = dropCaches();
  if (!dropped) console.log('The page cache may not be emptied here (that takes root): only warm starts.');
  for (let i = 0; i < (dropped ? COLD : 0); i++) {
    for (const [side, run] of Object.entries(sides)) {
      dropCaches();
      (cold[side] ??= []).push(await run());
    }
  }
  for (let i = 0; i < WARM; i++) {
    for (const [side, run] of Object.entries(sides)) (warm[side] ??= []).push(await run());
  }

  const results = [];
  const add = (what, unit, runs, figure, digits = 0) => {
    for (const side of Object.keys(names)) {
      if (!runs[side]) continue;
      const value = (s) => +median(runs[s].map((run) => run[figure] ?? NaN)).toFixed(digits);
      if (Number.isFinite(value(side))) results.push({ what, unit, ours: value('regie'), peer: names[side], theirs: value(side) });
    }
  };
  add(`${N} start_cold list`, 'ms', cold, 'shown');
  add(`${N} start_cold window`, 'ms', cold, 'first');
  add(`${N} start_cold CPU`, 'ms', cold, 'cpu');
  add(`${N} start_warm list`, 'ms', warm, 'shown');
  add(`${N} start_warm window`, 'ms', warm, 'first');
  add(`${N} start_warm CPU`, 'ms', warm, 'cpu');
  add(`${N} start_warm CPU of the display server`, 'ms', warm, 'display');
  add(`${N} start_warm PSS`, 'MB', warm, 'pss', 1);
  save(json, results);
} finally {
  page.close();
}
