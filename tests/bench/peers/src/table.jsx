/* SPDX-License-Identifier: GPL-3.0-or-later */
// The list of Digital Humans as a good web dashboard has it: only the rows in sight are in the document, rows are
// positioned by transform, a row that stays in sight is not rendered again. All data is in memory already.
import { memo, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as humans from './humans.js';

// Chromium cannot make an element higher than 33,554,428 px: a million rows of 33 px still fit.
const ROW = 33;
const CHART = { width: 96, height: 20 };
const style = { Active: 'success', Working: 'success', Thinking: 'success', Stopped: 'neutral', Failing: 'error' };
const now = Date.now();

function ago(at) {
  const minutes = Math.floor((now - at) / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return `${Math.floor(minutes / 60)} h ago`;
}

function sparkline(i) {
  let path = '';
  for (let hour = 0; hour < humans.HOURS; hour++) {
    const x = (hour * CHART.width) / (humans.HOURS - 1);
    const y = CHART.height - 1 - (humans.activity(i, hour) * (CHART.height - 2)) / 22;
    path += `${hour ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return path;
}

const Row = memo(function Row({ index, top, name }) {
  const state = humans.state(index);
  return (
    <div role="row" className="row" style={{ height: ROW, transform: `translateY(${top}px)` }} data-index={index}>
      <div role="cell"><span className={`dot ${style[state]}`} />{state}</div>
      <div role="cell">{name}</div>
      <div role="cell">{humans.workspace(index)}</div>
      <div role="cell">
        <svg width={CHART.width} height={CHART.height} role="img" aria-label="Tasks an hour"><path d={sparkline(index)} /></svg>
      </div>
      <div role="cell" className="number">{humans.tasks(index)}</div>
      <div role="cell" className="number">{humans.errors(index)}</div>
      <div role="cell" className="number">{humans.latency(index)} ms</div>
      <div role="cell">{ago(humans.activityAt(index, now))}</div>
    </div>
  );
});

const titles = ['State', 'Name', 'Workspace', 'Tasks an hour', 'Tasks, 24 h', 'Errors, 24 h', 'Latency p95', 'Last activity'];

function Table({ data }) {
  const scroller = useRef(null);
  const [words, setWords] = useState('');
  const searched = useDeferredValue(words);
  const shown = useMemo(() => {
    const needle = searched.toLowerCase();
    if (!needle) return data.order;
    const found = [];
    for (const i of data.order) if (data.lower[i].includes(needle)) found.push(i);
    return found;
  }, [searched, data]);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 4 });

  useLayoutEffect(() => { window.bench.rendered = { words: searched, count: shown.length }; }, [searched, shown]);
  return (
    <main>
      <header>
        <h1>Digital Humans</h1>
        <input type="search" aria-label="Search" placeholder="Search" value={words} onChange={(e) => setWords(e.target.value)} />
        <span className="count">{shown.length.toLocaleString('en')}</span>
      </header>
      <div role="row" className="row titles">{titles.map((title) => <div role="columnheader" key={title}>{title}</div>)}</div>
      <div ref={scroller} className="scroller" role="table" aria-rowcount={shown.length}>
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((item) => (
            <Row key={item.key} index={shown[item.index]} top={item.start} name={data.names[shown[item.index]]} />
          ))}
        </div>
      </div>
    </main>
  );
}

// --- what the harness asks for

const frame = () => new Promise((done) => requestAnimationFrame(done));
// The task after a frame's callbacks runs once that frame has been handed to the compositor.
const painted = async () => { await frame(); await new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }); };
const rowsInSight = () => document.querySelectorAll('.scroller .row').length;

function load(names) {
  const order = Int32Array.from(names.keys());
  // As by the index of a database: sorted before anybody looks.
  if (names.length > 1) order.sort((a, b) => (names[a] < names[b] ? -1 : 1));
  return { names, lower: names.map((text) => text.toLowerCase()), order };
}

window.bench = {
  rendered: null,
  data: null,
  // Takes N Digital Humans into memory; nothing is shown.
  fill(n) {
    const names = [];
    for (let i = 0; i < n; i++) names.push(humans.name(i));
    this.data = load(names);
    return n;
  },
  // Opens the page; resolves to the ms until its rows are painted.
  async open() {
    const start = performance.now();
    createRoot(document.getElementById('root')).render(<Table data={this.data} />);
    do await painted(); while (rowsInSight() === 0);
    return performance.now() - start;
  },
  // Scrolls by STEP px each frame for MS, there and back at the ends.
  async scroll(step, ms) {
    const scroller = document.querySelector('.scroller');
    const end = scroller.scrollHeight - scroller.clientHeight;
    const until = performance.now() + ms;
    let frames = 0, moved = 0, last = scroller.scrollTop;
    while (performance.now() < until) {
      if (scroller.scrollTop + step > end || scroller.scrollTop + step < 0) step = -step;
      scroller.scrollTop += step;
      await frame();
      frames++;
      if (scroller.scrollTop !== last) moved++;
      last = scroller.scrollTop;
    }
    return { frames, moved };
  },
  scrollEnd() { const s = document.querySelector('.scroller'); return s.scrollHeight - s.clientHeight; },
  top() { document.querySelector('.scroller').scrollTop = 0; },
  // Empties the search entry as the user does.
  clear() {
    const input = document.querySelector('input');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, '');
    input.dispatchEvent(new Event('input', { bubbles: true }));
  },
  // Awaits a key press.
  listen() { this.pressed = new Promise((done) => addEventListener('keydown', (e) => done(e.timeStamp), { once: true, capture: true })); },
  // Resolves to the ms from that key press until the rows for WORDS are painted.
  async search(words) {
    const start = await this.pressed;
    while (this.rendered.words !== words) await frame();
    await painted();
    return performance.now() - start;
  },
};

const parameters = new URLSearchParams(location.search);
if (parameters.has('start')) {
  // A page that comes with its data from the server, as at the start of the day.
  const names = await (await fetch('humans.json')).json();
  window.bench.data = load(names);
  await window.bench.open();
  document.title = 'painted';
  await fetch('painted', { method: 'POST' });
}
