#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes typed getters for the fields of kinds.json, so that a page that uses a field which is gone does not compile."""
import json
import sys

GETTER = {
    "int": ("gint64", "int"), "time": ("gint64", "int"), "duration": ("gint64", "int"), "money": ("gint64", "int"),
    "number": ("double", "number"), "rate": ("double", "number"), "bool": ("gboolean", "bool"),
    "list": ("JsonNode *", "node"), "series": ("JsonNode *", "node"), "json": ("JsonNode *", "node"),
}
COMMON = [{"name": "id", "type": "text"}, {"name": "rev", "type": "int"},
          {"name": "created_at", "type": "time"}, {"name": "updated_at", "type": "time"}]


def main(source, target):
    out = ["/* Made from kinds.json by gen-kind-fields.py. */", "#pragma once", '#include "regie-record.h"', ""]
    with open(source, encoding="utf-8") as file:
        kinds = json.load(file)["kinds"]
    for kind in kinds:
        prefix = "regie_" + kind["name"].replace("-", "_")
        out.append(f'#define {prefix.upper()}_KIND "{kind["name"]}"')
        for field in COMMON + kind["fields"]:
            ctype, getter = GETTER.get(field["type"], ("const char *", "text"))
            space = "" if ctype.endswith("*") else " "
            out.append(f'static inline {ctype}{space}{prefix}_get_{field["name"]} (RegieRecord *record) '
                       f'{{ return regie_record_get_{getter} (record, "{field["name"]}"); }}')
        out.append("")
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(out))


main(*sys.argv[1:3])
