#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window without a pointer: lists, dialogs, undo and the palette by keys alone. Usage: test-keyboard.py PROGRAM ENGINE"""
import sys

import driver
from driver import Atspi, Failure, find, find_all, key, name_of, role_of, wait_for, write

program = driver.Program(sys.argv[1])


def root():
    return program.find_application()


def rows():
    return {name_of(row): row for row in find_all(root(), role="table row")}


def focused():
    for node in driver.walk(root()):
        if driver.is_showing(node) and node.get_state_set().contains(Atspi.StateType.FOCUSED):
            return role_of(node), name_of(node)
    return None


def until_focused(role, name):
    try:
        wait_for(lambda: focused() == (role, name), f"focus on {role} {name}", 5)
    except Failure as failure:
        raise Failure(f"{failure}; it is on {focused()}")


def dialogs(name):
    return find_all(root(), role=("dialog", "alert"), name=name)


def into_row(name):
    """From the search the arrow leads into the rows; Home and the arrows go on."""
    key("Escape", "ctrl+f")
    until_focused("entry", "Search")
    key("ctrl+a")
    write(name)
    wait_for(lambda: name in rows() and len(rows()) == 2, f"only {name} in the list", 5)
    key("Down")
    until_focused("table row", name)
    key("space")


def test_list_is_reached():
    driver.enable_accessibility()
    program.start()
    wait_for(lambda: find_all(root(), role="list item", name="Digital Humans"), "the pages", 15)
    key("ctrl+2")
    for name in ("autodin", "cash", "gtd"):
        wait_for(lambda: name in rows(), f"a row for {name}", 20)


def test_delete_and_undo():
    into_row("cash")
    key("Delete")
    wait_for(lambda: find_all(root(), name="1 record deleted"), "what was done", 5)
    wait_for(lambda: "cash" not in rows(), "cash to be gone", 5)
    key("ctrl+z")
    wait_for(lambda: "cash" in rows(), "cash to be back", 5)
    wait_for(lambda: not find_all(root(), name="1 record deleted"), "the line to be gone", 5)


def test_edit():
    into_row("cash")
    key("F2")
    wait_for(lambda: dialogs("Digital Human"), "the dialog", 5)
    until_focused("text", "Name")
    key("ctrl+a")
    write("cash two")
    key("ctrl+Return")
    wait_for(lambda: not dialogs("Digital Human"), "the dialog to be gone", 5)
    key("ctrl+f", "ctrl+a", "BackSpace")
    wait_for(lambda: "cash two" in rows(), "the new name in the list", 5)


def test_new_one_begins_with_the_name():
    key("ctrl+n")
    wait_for(lambda: dialogs("Digital Human"), "the dialog", 5)
    until_focused("text", "Name")
    key("Escape")
    wait_for(lambda: not dialogs("Digital Human"), "the dialog to be gone", 5)


def test_palette_takes_the_words_that_were_typed():
    key("ctrl+k")
    wait_for(lambda: find_all(root(), role="dialog"), "the palette", 5)
    until_focused("entry", "Find a command or a Digital Human")
    driver.xdotool("key", "--delay", 1, *"about", "Return")
    wait_for(lambda: dialogs("About"), "About", 5)
    key("Escape")
    wait_for(lambda: not dialogs("About"), "About to be gone", 5)


def test_task_begins_with_the_message():
    into_row("gtd")
    key("Return")
    find(root(), role="page tab", name="Tasks")
    for _ in range(12):
        if focused() == ("page tab", "Status"):
            break
        key("Tab")
    until_focused("page tab", "Status")
    key("Right", "Right", "space")
    wait_for(lambda: find_all(root(), name="New task") or find_all(root(), name="New Task"), "the tasks", 5)
    for _ in range(12):
        if focused() in (("button", "New task"), ("button", "New Task")):
            break
        key("Tab")
    key("Return")
    wait_for(lambda: dialogs("New Task"), "the dialog", 5)
    until_focused("text", "Message")
    write("Merci beaucoup !")
    key("ctrl+Return")
    wait_for(lambda: not dialogs("New Task"), "the dialog to be gone", 5)
    find(root(), contains="Merci beaucoup !")


try:
    driver.run([test_list_is_reached, test_delete_and_undo, test_edit, test_new_one_begins_with_the_name,
                test_palette_takes_the_words_that_were_typed, test_task_begins_with_the_message])
finally:
    program.close()
