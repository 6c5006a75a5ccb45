#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""markup.py FILE…: finds text that GTK or libadwaita would parse as Pango markup and that may come from outside.

A call passes when what it shows is a literal of the program, is escaped by regie_text_* on the way, or when markup is
switched off within the lines around it. In interface files a row or toast with a bound title needs use-markup: false.
"""

import re
import sys

# Parse markup always, or by default.
CALLS = re.compile(
    r'\b(gtk_label_set_markup(?:_with_mnemonic)?|gtk_widget_set_tooltip_markup|gtk_tooltip_set_markup|pango_parse_markup|'
    r'pango_layout_set_markup|adw_toast_new(?:_format)?|adw_toast_set_title|adw_banner_(?:new|set_title)|'
    r'adw_status_page_set_description|adw_preferences_row_set_title|adw_action_row_set_subtitle|'
    r'adw_expander_row_set_subtitle|adw_preferences_group_set_description|adw_button_content_set_label_markup) *\(')
OFF = re.compile(r'use_markup *\([^;]*FALSE|"use-markup", *FALSE')
ON = re.compile(r'use_markup *\([^;]*TRUE|"use-markup", *TRUE')
# Escaped on the way, or the program's own words in the user's language.
SAFE = re.compile(r'regie_text_|regie_format_label \(|, *_ \([^;]*\)\s*$|g_markup_(escape_text|printf_escaped)')
NEAR = 8

BLOCK = re.compile(r'\b(Adw\.\w*Row|Adw\.Toast|Adw\.Banner)\b[^{;]*\{')
BOUND = re.compile(r'\b(title|subtitle): *bind\b')


def arguments(text, start):
    """The text between the parenthesis that opens before START and the one that closes it."""
    depth, at, quoted = 1, start, False
    while at < len(text) and depth:
        char = text[at]
        if quoted:
            if char == '\\':
                at += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in '()':
            depth += 1 if char == '(' else -1
        at += 1
    return text[start:at - 1]


def literal(inside):
    """Whether the last argument is text of the program itself."""
    return re.search(r'(?:^|,)\s*(?:(?:_|C_|N_) *\(|[^,"]*\?\s*(?:_ *\()?)?\s*"(?:[^"\\]|\\.)*"[^%]*$', inside) is not None


def check_c(path, text):
    lines = text.splitlines()
    for match in ON.finditer(text):
        yield text.count('\n', 0, match.start()) + 1, 'markup is switched on'
    for match in CALLS.finditer(text):
        number = text.count('\n', 0, match.start()) + 1
        inside = arguments(text, match.end())
        around = '\n'.join(lines[max(0, number - NEAR):number + NEAR])
        if literal(inside) or SAFE.search(inside) or OFF.search(around):
            continue
        # A variable: escaped shortly before, in the same function?
        before = '\n'.join(lines[max(0, number - 20):number])
        word = re.search(r'(\w+)\s*$', inside)
        if word and re.search(rf'\b{word[1]} *= *[^;]*(regie_text_|g_markup_escape_text)', before):
            continue
        yield number, f'{match[1]}: neither a literal, nor escaped by regie_text_*, nor is markup off'


def check_blp(path, text):
    for match in re.finditer(r'use-markup: *true', text):
        yield text.count('\n', 0, match.start()) + 1, 'markup is switched on'
    for match in BLOCK.finditer(text):
        depth, at, own = 1, match.end(), ''
        while at < len(text) and depth:
            if text[at] == '{':
                depth += 1
            elif text[at] == '}':
                depth -= 1
            elif depth == 1:
                own += text[at]
            at += 1
        if BOUND.search(own) and 'use-markup: false' not in own:
            yield text.count('\n', 0, match.start()) + 1, f'{match[1]}: bound text without use-markup: false'


def main(files):
    bad = 0
    for path in files:
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for number, problem in (check_blp if path.endswith('.blp') else check_c)(path, text):
            print(f'{path}:{number}: {problem}')
            bad = 1
    return bad


sys.exit(main(sys.argv[1:]))
