#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""layers.py FILE…: says which includes go against the direction in which the folders of src/ may use one another."""

import re
import sys

# What each folder may include besides itself. The programs' main files may use everything.
MAY = {
    'core': set(),
    'db': {'core'},
    'net': {'core'},
    'flow': {'core'},
    'store': {'core', 'db'},
    'backend': {'core', 'db', 'net'},
    'sync': {'core', 'db', 'net', 'flow', 'store', 'backend'},
    'engine': {'core', 'db', 'net', 'flow'},
    'canvas': {'core', 'flow'},
    'live': {'core', 'flow'},
    'player': {'core', 'flow', 'net'},
}
WIDGETS = {'ui', 'canvas', 'live', 'player'}
GTK = re.compile(r'^(gtk|gdk|gsk|adwaita|adw-|gtksourceview)')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def main(files):
    owner = {}
    for path in files:
        parts = path.split('/')
        if len(parts) > 2:
            owner.setdefault(parts[-1], parts[1])
    bad = 0
    for path in files:
        parts = path.split('/')
        if len(parts) < 3:
            continue
        folder = parts[1]
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                name = match[2]
                first = name.split('/')[0]
                target = first if '/' in name and first in MAY else owner.get(name.split('/')[-1])
                problem = None
                if folder not in WIDGETS and GTK.match(name):
                    problem = f'{folder}/ does not know GTK'
                elif match[1] == '"' and folder in MAY and target and target != folder and target not in MAY[folder]:
                    problem = f'{folder}/ may not use {target}/'
                if problem:
                    print(f'{path}:{number}: {problem}: {line.strip()}')
                    bad = 1
    return bad


sys.exit(main(sys.argv[1:]))
