/* SPDX-License-Identifier: GPL-3.0-or-later */
// node bench-list.mjs BUILD PEERS WORK N JSON
// A list of N Digital Humans opened, scrolled, searched and left alone: Régie's table on a store of that size, beside a
// virtualised React table in headless Chromium that has all rows in memory.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Chromium, servePage } from './harness/chromium.mjs';
import { cpuSeconds, median, percentile, pssMb, sleep } from './harness/processes.mjs';
import { save } from './harness/results.mjs';

const [build, peers, work, count, json] = process.argv.slice(2);
const N = +count, SCROLL = 5000, IDLE = 10000, PEER = 'Chromium headless, React table';
const STEPS = { row: 40, page: 640 }; // px a frame, as in bench-list.c
const SEARCHES = ['sofia', 'martin', 'quentin vid']; // the same
const program = (name, ...words) => execFileSync(join(build, 'tests/bench', name), words.map(String),
  { env: { ...process.env, GSK_RENDERER: 'cairo' }, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1e8 }).toString();

// Every search typed letter by letter; ms of each letter.
async function typeSearches(chromium) {
  const times = [];
  for (const words of SEARCHES) {
    await chromium.evaluate('document.querySelector("input").focus()');
    for (let i = 1; i <= words.length; i++) {
      await chromium.evaluate('bench.listen()');
      await chromium.key(words[i - 1]);
      times.push(await chromium.evaluate(`bench.search(${JSON.stringify(words.slice(0, i))})`));
      await sleep(300);
    }
    await chromium.evaluate('bench.clear()');
    await sleep(700);
  }
  return times;
}

async function measurePeer() {
  const page = await servePage(join(peers, 'dist'), 0);
  const chromium = await Chromium.open(page.url);
  const figures = {};
  try {
    await chromium.evaluate(`bench.fill(${N})`);
    await sleep(1500);
    figures.first_paint = await chromium.evaluate('bench.open()');
    await sleep(1000);
    figures.pss_open = pssMb(chromium.pids());
    for (const [name, step] of Object.entries(STEPS)) {
      await chromium.evaluate('bench.top()');
      await sleep(1000);
      const { shown, work: took } = await chromium.trace(() => chromium.evaluate(`bench.scroll(${step}, ${SCROLL})`));
      const cpu = cpuSeconds(chromium.pids());
      const { frames } = await chromium.evaluate(`bench.scroll(${step}, ${SCROLL})`);
      figures[name] = { distinct_per_second: (shown.length * 1000) / SCROLL, work_p95: percentile(took, 0.95),
        cpu_per_frame: ((cpuSeconds(chromium.pids()) - cpu) * 1000) / frames };
    }
    await chromium.evaluate('bench.top()');
    const times = await typeSearches(chromium);
    figures.search_p50 = median(times);
    figures.search_max = Math.max(...times);
    await sleep(2000);
    const cpu = cpuSeconds(chromium.pids());
    await sleep(IDLE);
    figures.idle_cpu = (cpuSeconds(chromium.pids()) - cpu) * 1000;
    figures.pss_end = pssMb(chromium.pids());
  } finally {
    await chromium.close();
    page.close();
  }
  return figures;
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const store = join(work, 'store');
console.log(program('bench-fill', store, N).trim());
const ours = JSON.parse(program('bench-list', store, ...(process.env.PARTS ?? '').split(',').filter(Boolean)).trim().split('\n').pop());
const theirs = await measurePeer();

const results = [];
const add = (what, unit, value, digits = 1) => {
  const [a, b] = [value(ours), value(theirs)];
  if (a !== undefined && b !== undefined) results.push({ what: `${N} ${what}`, unit, ours: +a.toFixed(digits), peer: PEER, theirs: +b.toFixed(digits) });
};
add('first_paint', 'ms', (side) => side.first_paint);
for (const name of Object.keys(STEPS)) {
  add(`scroll_${name} distinct frames`, 'frames/s', (side) => side[name]?.distinct_per_second);
  add(`scroll_${name} work per frame p95`, 'ms', (side) => side[name]?.work_p95);
  add(`scroll_${name} CPU per frame, all threads`, 'ms', (side) => side[name]?.cpu_per_frame);
}
add('search p50', 'ms', (side) => side.search_p50);
add('search max', 'ms', (side) => side.search_max);
add(`idle CPU in ${IDLE / 1000} s`, 'ms', (side) => side.idle_cpu);
add('PSS open', 'MB', (side) => side.pss_open);
add('PSS at the end', 'MB', (side) => side.pss_end);
save(json, results);
