/* SPDX-License-Identifier: GPL-3.0-or-later */
// Chromium and the page in it: the server that gives the page, the flags, and the DevTools protocol over a pipe.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import * as humans from '../peers/src/humans.js';
import { sleep, tree } from './processes.mjs';

// The program itself where there is a launcher script before it: that costs the peer nothing.
export const PROGRAM = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find((path) => existsSync(path));

export function flags(profile, { headless }) {
  return [...(headless ? ['--headless'] : ['--test-type', '--window-position=0,0']), '--no-sandbox', '--disable-gpu', '--disable-quic',
    '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-default-browser-check',
    '--disable-extensions', '--window-size=1280,800', '--force-device-scale-factor=1', '--lang=en', `--user-data-dir=${profile}`];
}

export const newProfile = () => mkdtempSync(join(tmpdir(), 'bench-chromium-'));

// Children of a browser that has ended may still write for a moment.
export async function removeProfile(profile) {
  for (let i = 0; ; i++) {
    try { rmSync(profile, { recursive: true, force: true }); return; } catch (error) { if (i === 50) throw error; }
    await sleep(100);
  }
}

// The page's files, N names, and a bell that the page rings when its rows are painted.
export async function servePage(dist, n) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
  const names = JSON.stringify(Array.from({ length: n }, (_, i) => humans.name(i)));
  let rung = () => {};
  const server = createServer((request, answer) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(1);
    const file = join(dist, path.replace(/[^a-z.]/g, ''));
    if (path === 'painted') { rung(performance.now()); answer.end(); return; }
    if (path === 'humans.json') { answer.setHeader('content-type', 'application/json'); answer.end(names); return; }
    if (!path || !existsSync(file)) { answer.statusCode = 404; answer.end(); return; }
    answer.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    answer.end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/index.html`,
    painted: (ms) => new Promise((done, fail) => { rung = done; setTimeout(() => fail(new Error('the page was not painted')), ms).unref(); }),
    close: () => { server.closeAllConnections(); server.close(); },
  };
}

// A headless Chromium that is driven by the DevTools protocol.
export class Chromium {
  static async open(url) {
    const self = new Chromium();
    self.profile = newProfile();
    self.child = spawn(PROGRAM, [...flags(self.profile, { headless: true }), '--remote-debugging-pipe', 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    self.ended = new Promise((done) => self.child.once('exit', done));
    self.waiting = new Map();
    self.listeners = [];
    self.number = 0;
    let buffer = [];
    self.child.stdio[4].on('data', (data) => {
      for (let end; (end = data.indexOf(0)) >= 0; data = data.subarray(end + 1)) {
        self.receive(JSON.parse(Buffer.concat([...buffer, data.subarray(0, end)])));
        buffer = [];
      }
      if (data.length) buffer.push(data);
    });
    self.child.stdio[3].on('error', () => {});
    const { targetInfos } = await self.call('Target.getTargets');
    const { sessionId } = await self.call('Target.attachToTarget', { targetId: targetInfos.find((t) => t.type === 'page').targetId, flatten: true });
    self.page = sessionId;
    const loaded = self.once('Page.loadEventFired');
    await self.call('Page.enable', {}, self.page);
    await self.call('Page.navigate', { url }, self.page);
    await loaded;
    return self;
  }

  receive(message) {
    if (message.id) {
      const { done, fail } = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) fail(new Error(message.error.message)); else done(message.result);
    } else {
      for (const listener of [...this.listeners]) listener(message.method, message.params);
    }
  }

  call(method, params = {}, sessionId = undefined) {
    const id = ++this.number;
    this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail });
      setTimeout(() => fail(new Error(`no answer to ${method} ${params.expression ?? ""}`)), 60000).unref();
    });
  }

  once(name) {
    return new Promise((done) => {
      const listener = (method, params) => { if (method === name) { this.listeners.splice(this.listeners.indexOf(listener), 1); done(params); } };
      this.listeners.push(listener);
    });
  }

  // The value of an expression in the page, awaited.
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, this.page);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async key(text) {
    const key = { key: text, text, unmodifiedText: text, windowsVirtualKeyCode: text.toUpperCase().charCodeAt(0) };
    await this.call('Input.dispatchKeyEvent', { type: 'keyDown', ...key }, this.page);
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...key }, this.page);
  }

  // Runs WHAT and gives its result with the frames that the display compositor showed meanwhile, and the page's own work
  // (main thread of the renderer, without raster and compositing) between one and the next, in ms.
  async trace(what) {
    const shown = [], tasks = [];
    let main = null;
    const listener = (method, params) => {
      if (method !== 'Tracing.dataCollected') return;
      for (const event of params.value) {
        if (event.name === 'Display::FrameDisplayed') shown.push(event.ts / 1000);
        else if (event.name === 'thread_name' && event.args.name === 'CrRendererMain') (main ??= new Set()).add(event.tid);
        else if (event.name === 'ThreadControllerImpl::RunTask' || event.name === 'RunTask') tasks.push(event);
      }
    };
    this.listeners.push(listener);
    await this.call('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { recordMode: 'recordAsMuchAsPossible',
      includedCategories: ['toplevel', '__metadata', 'disabled-by-default-display.framedisplayed'], excludedCategories: ['*'] } });
    const result = await what();
    const complete = this.once('Tracing.tracingComplete');
    await this.call('Tracing.end');
    await complete;
    this.listeners.splice(this.listeners.indexOf(listener), 1);
    shown.sort((a, b) => a - b);
    const work = [];
    const own = tasks.filter((task) => main?.has(task.tid) && task.dur).sort((a, b) => a.ts - b.ts);
    for (let i = 1, k = 0; i < shown.length; i++) {
      let sum = 0;
      while (k < own.length && own[k].ts / 1000 < shown[i - 1]) k++;
      while (k < own.length && own[k].ts / 1000 < shown[i]) sum += own[k++].dur / 1000;
      work.push(sum);
    }
    return { result, shown, work };
  }

  pids() { return tree(this.child.pid); }

  async close() {
    this.child.kill('SIGTERM');
    await Promise.race([this.ended, sleep(5000).then(() => this.child.kill('SIGKILL'))]);
    await this.ended;
    await removeProfile(this.profile);
  }
}
