/* SPDX-License-Identifier: GPL-3.0-or-later */
// Régie's engine with N Digital Humans, and where its dashboard finds everything.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import * as humans from '../peers/src/humans.js';
import { sleep } from './processes.mjs';

const WIDTH = 1280, HEIGHT = 800;

// Folders of its own, the list as the page that was open, a window of the size of the peer's.
export function dashboardEnvironment(build, work) {
  const folder = (name) => { const path = join(work, name); mkdirSync(path, { recursive: true, mode: 0o700 }); return path; };
  const config = folder('config');
  const settings = join(config, 'glib-2.0', 'settings');
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, 'keyfile'), `[org/regie/Regie]\npage='digital-humans'\nwindow-width=${WIDTH}\nwindow-height=${HEIGHT}\nbackground='keep'\n`);
  return { GSK_RENDERER: 'cairo', GSETTINGS_BACKEND: 'keyfile', GSETTINGS_SCHEMA_DIR: join(build, 'data'), XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: folder('data'), XDG_CACHE_HOME: folder('cache'), XDG_STATE_HOME: folder('state'),
    REGIE_ENGINE_DATA: folder('engine'), REGIE_ENGINE_SOCKET: join(work, 'engine.sock'), REGIE_ENGINE: join(build, 'src/regie-engine') };
}

function call(socketPath, method, path, body) {
  return new Promise((done, fail) => {
    const text = body ? JSON.stringify(body) : '';
    const message = request({ socketPath, method, path, headers: { host: 'localhost', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } },
      (answer) => {
        let data = '';
        answer.on('data', (piece) => { data += piece; });
        answer.on('end', () => (answer.statusCode < 300 ? done(JSON.parse(data || '{}')) : fail(new Error(`${method} ${path}: ${answer.statusCode} ${data.slice(0, 300)}`))));
      });
    message.on('error', fail);
    message.end(text);
  });
}

export class Engine {
  static async start(build, work) {
    const self = new Engine();
    const environment = dashboardEnvironment(build, work);
    const log = openSync(join(work, 'engine.log'), 'w');
    self.socket = environment.REGIE_ENGINE_SOCKET;
    self.child = spawn(join(build, 'src/regie-engine'), ['--data-dir', environment.REGIE_ENGINE_DATA, '--socket', self.socket],
      { env: { ...process.env, ...environment }, stdio: ['ignore', log, log] });
    closeSync(log);
    self.ended = new Promise((done) => self.child.once('exit', done));
    for (let i = 0; i < 200; i++) {
      if (await call(self.socket, 'GET', '/v1/health').catch(() => null)) return self;
      await sleep(50);
    }
    await self.stop();
    throw new Error(`the engine does not answer; see ${join(work, 'engine.log')}`);
  }

  get pid() { return this.child.pid; }

  // N Digital Humans, stopped, in the workspaces of the peer's page.
  async fill(n) {
    const rooms = [];
    for (const name of humans.workspaces) rooms.push((await call(this.socket, 'POST', '/v1/workspaces', { name })).id);
    for (let i = 0; i < n; i += 10) {
      const some = Array.from({ length: Math.min(10, n - i) }, (_, k) => i + k);
      await Promise.all(some.map((k) => call(this.socket, 'POST', '/v1/digital-humans', { name: humans.name(k), workspace: rooms[k % rooms.length] })));
    }
  }

  async stop() {
    this.child.kill('SIGTERM');
    await Promise.race([this.ended, sleep(10000).then(() => this.child.kill('SIGKILL'))]);
    await this.ended;
  }
}
