#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-schema.py SCHEMA PROFILE…: the profiles fit the schema, and the schema refuses what it should."""
import copy
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)


def spoil(profile, path, value):
    """A copy with VALUE at PATH; None takes the member away."""
    spoilt = copy.deepcopy(profile)
    place = spoilt
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return spoilt


# What the program's own reader refuses as well (test-profile.c).
FAULTS = [
    (["schema"], 2),
    (["name"], "No Good"),
    (["probe"], None),
    (["surprise"], True),
    (["endpoints", "api", "transports"], ["carrier-pigeon"]),
    (["auth", "kind"], "hope"),
    (["errors", "status", "404"], "gone-fishing"),
    (["errors", "message"], ["detail"]),
    (["list", "filter"], "everything"),
    (["operations", "get", "method"], "FETCH"),
    (["operations", "get", "path"], "v1/x"),
    (["kinds", "task", "operation"], {}),
    (["requests", "export", "limit"], 0),
    (["events", "form"], "other"),
]

failed = 0
number = 0


def report(good, what):
    global failed, number
    number += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} {what}")


profiles = {}
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        profiles[name] = json.load(file)
print(f"1..{len(profiles) + len(FAULTS)}")
for name, profile in profiles.items():
    errors = list(validator.iter_errors(profile))
    for error in errors:
        print(f"# {name}: {error.json_path}: {error.message}")
    report(not errors, f"{name} fits")
first = next(iter(profiles.values()))
for path, value in FAULTS:
    report(not validator.is_valid(spoil(first, path, value)), f"{'/'.join(path)} = {json.dumps(value)} is refused")
sys.exit(failed > 0)
