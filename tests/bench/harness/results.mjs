/* SPDX-License-Identifier: GPL-3.0-or-later */
// The results: a JSON file, and a table with ratios.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const isRate = (unit) => unit.endsWith('/s');

// How many times better ours is; 1.0 is equal.
function ratio({ unit, ours, theirs }) {
  const [better, worse] = isRate(unit) ? [theirs, ours] : [ours, theirs];
  if (better === 0) return worse === 0 ? 1 : Infinity;
  return worse / better;
}

export function save(path, results) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `[\n${results.map((result) => `  ${JSON.stringify(result)}`).join(',\n')}\n]\n`);
  const lines = [['', 'ours', 'theirs', '', 'times better', 'beside']];
  for (const result of results) {
    const times = ratio(result);
    lines.push([result.what, `${result.ours}`, `${result.theirs}`, result.unit, Number.isFinite(times) ? times.toFixed(1) : '∞', result.peer]);
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines) {
    console.log(line.map((cell, i) => (i >= 1 && i <= 2) || i === 4 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join('  ').trimEnd());
  }
}
