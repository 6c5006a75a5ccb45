/* SPDX-License-Identifier: GPL-3.0-or-later */
// A program under the eyes of the witness (see witness.c).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tree } from './processes.mjs';

export class Witness {
  constructor(witness, program, { env = {}, size = [1280, 800], log = 'ignore' } = {}) {
    this.child = spawn(witness, [0, 0, ...size, ...program].map(String),
      { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', log] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((done) => this.child.once('exit', done));
  }

  // One command; its answer, or an error.
  async ask(...words) {
    this.child.stdin.write(words.join(' ') + '\n');
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the witness has gone');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`${words.join(' ')}: ${answer.error}`);
    return answer;
  }

  // The program and its children, without the witness.
  pids() { return tree(this.child.pid).filter((pid) => pid !== this.child.pid); }

  async quit() {
    this.child.stdin.end('quit\n');
    await this.ended;
  }
}
