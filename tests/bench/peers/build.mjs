/* SPDX-License-Identifier: GPL-3.0-or-later */
// node build.mjs: the page, as it would be shipped, in dist/.
import { build } from 'esbuild';
import { copyFileSync, mkdirSync } from 'node:fs';

mkdirSync('dist', { recursive: true });
await build({ entryPoints: ['src/table.jsx'], outfile: 'dist/table.js', bundle: true, minify: true, format: 'esm', target: 'es2022',
  jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'warning' });
for (const file of ['index.html', 'table.css']) copyFileSync(`src/${file}`, `dist/${file}`);
