#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""count-tests.py LOGS STATUS

Reads what `meson test` wrote to the folder LOGS (testlog.json, and sanitizers/ with the reports of every process),
prints what was skipped, what failed and each report, and last "N passed, N failed", counted in test cases.
STATUS is meson's exit status: when it failed in a way that no case shows, that is a failure too.
"""

import json
import pathlib
import re
import sys

TAP = re.compile(r'^(not )?ok\b *\d* *(?:- *)?([^#\n]*)(?:# *(SKIP|TODO)?(.*))?$', re.IGNORECASE)
FINE = {'OK', 'EXPECTEDFAIL', 'SKIP'}
# What a report says when it is one; ASan also logs a harmless line about the stacks of fibers.
REPORT = re.compile(r'ERROR: |runtime error:')


def count(test):
    """(passed, failed, skipped) names of one test program."""
    passed, failed, skipped = [], [], []
    out = test.get('stdout', '')
    if re.search(r'^(TAP version|1\.\.\d)', out, re.MULTILINE):
        for line in out.splitlines():
            match = TAP.match(line)
            if not match:
                continue
            name = f'{test["name"]}: {match[2].strip()}'
            directive = (match[3] or '').upper()
            if directive == 'SKIP':
                skipped.append(f'{name} ({(match[4] or "").strip()})')
            elif match[1] or directive == 'TODO':
                failed.append(name)
            else:
                passed.append(name)
        if test['result'] not in FINE and not failed:
            failed.append(f'{test["name"]}: the program itself ({test["result"].lower()})')
    elif test['result'] == 'SKIP':
        skipped.append(test['name'])
    elif test['result'] in FINE:
        passed.append(test['name'])
    else:
        failed.append(f'{test["name"]} ({test["result"].lower()})')
    return passed, failed, skipped


def reports(folder):
    """The sanitizers' reports: name of the file and text."""
    for path in sorted(folder.glob('*')):
        text = path.read_text(errors='replace')
        if REPORT.search(text):
            yield path.name, text


def main():
    logs, status = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed, failed, skipped = [], [], []
    log = logs / 'testlog.json'
    if log.exists():
        for line in log.read_text(errors='replace').splitlines():
            for names, more in zip((passed, failed, skipped), count(json.loads(line))):
                names.extend(more)
    for name, text in reports(logs / 'sanitizers'):
        print(f'\n{name}:\n' + '\n'.join(text.splitlines()[:60]))
        summary = re.search(r'^SUMMARY: (.*)$|(runtime error:.*)$', text, re.MULTILINE)
        failed.append(f'report {name}: {(summary[1] or summary[2]) if summary else "see above"}')
    if status != 0 and not failed:
        failed.append(f'meson test ended with status {status}')
    if not passed and not failed:
        failed.append('no test ran')

    for title, names in (('skipped', skipped), ('failed', failed)):
        for name in names:
            print(f'{title}: {name}')
    print(f'{len(passed)} passed, {len(failed)} failed')
    return 1 if failed else 0


sys.exit(main())
