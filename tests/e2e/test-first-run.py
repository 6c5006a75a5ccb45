#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first run, from the sample to a killed worker, with nothing but the window. Usage: test-first-run.py PROGRAM ENGINE"""
import os
import signal
import sys
import time

import driver
from driver import Failure, click, find, find_all, key, name_of, wait_for, write

program = driver.Program(sys.argv[1])
engine = os.path.realpath(sys.argv[2])
state = {}


def root():
    return program.find_application()


def row_text(name):
    """All words of the list's row that names NAME."""
    for row in find_all(root(), role=("table row", "list item", "row")):
        words = [name_of(node) for node in driver.walk(row)]
        if name in words:
            return row, " ".join(words)
    return None, ""


def worker_pids():
    return [pid for pid in program.engine_pids() if b"--worker" in open(f"/proc/{pid}/cmdline", "rb").read()]


def test_window_opens_with_the_sample():
    driver.enable_accessibility()
    program.start()
    click(find(root(), name="Digital Humans", role=("list item", "row"), timeout=15))
    for name in ("autodin", "cash", "gtd"):
        wait_for(lambda: row_text(name)[0], f"a row for {name}", 20)


def test_start_makes_the_row_active_within_two_seconds():
    row, text = row_text("autodin")
    if "Stopped" not in text:
        raise Failure(f"not stopped at first: {text}")
    click(find(row, name="autodin"))
    button = find(root(), role=("button", "push button"), name="Start")
    before = time.monotonic()
    click(button)
    wait_for(lambda: "Active" in row_text("autodin")[1], "Active in the row", 2.0)
    print(f"# active after {time.monotonic() - before:.2f} s")


def test_worker_is_the_engine_with_its_own_database():
    pids = wait_for(worker_pids, "a worker process", 3)
    if len(pids) != 1:
        raise Failure(f"{len(pids)} workers")
    state["pid"] = pids[0]
    exe = os.path.realpath(f"/proc/{pids[0]}/exe")
    if exe != engine:
        raise Failure(f"the worker is {exe}, not {engine}")
    if b".db" not in driver.Program.open_files(pids[0]):
        raise Failure("the worker has no database open")


def test_task_is_answered_naming_the_worker():
    row, _ = row_text("autodin")
    click(find(row, name="autodin"), repeat=2)
    click(find(root(), contains="Talk", role=("tab", "page tab", "toggle button", "radio button")))
    field = find(root(), role=("text", "entry"), name="Message")
    click(field)
    write("Bonjour, ma commande CMD-48213 du 12 mars est urgente")
    key("Return")
    wait_for(lambda: find_all(root(), contains=f"process {state['pid']}"), "an answer with the process's number", 10)
    if not find_all(root(), contains="48213"):
        raise Failure("the order's number is not quoted")


def test_killed_worker_comes_back_and_says_why():
    os.kill(state["pid"], signal.SIGKILL)
    new = wait_for(lambda: [pid for pid in worker_pids() if pid != state["pid"]], "a new worker", 10)
    click(find(root(), contains="Status", role=("tab", "page tab", "toggle button", "radio button")))
    wait_for(lambda: find_all(root(), contains="signal 9"),
             "the cause on the page", 10)
    state["pid"] = new[0]


def test_stop_leaves_no_process():
    click(find(root(), role=("button", "push button"), name="Stop"))
    wait_for(lambda: not worker_pids(), "the worker to be gone", 8)
    wait_for(lambda: find_all(root(), name="Stopped"), "Stopped on the page", 5)


def test_nothing_is_left_behind():
    key("ctrl+q")
    wait_for(lambda: program.process.poll() is not None, "the program to end", 10)
    wait_for(lambda: not program.engine_pids(), "engine and workers to end", 10)


try:
    driver.run([test_window_opens_with_the_sample, test_start_makes_the_row_active_within_two_seconds,
                test_worker_is_the_engine_with_its_own_database, test_task_is_answered_naming_the_worker,
                test_killed_worker_comes_back_and_says_why, test_stop_leaves_no_process, test_nothing_is_left_behind])
finally:
    program.close()
