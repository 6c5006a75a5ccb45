#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window as a page of Chromium, by its pictures and the pointer. Usage: test-browser.py PROGRAM ENGINE IN-BROWSER CHROMIUM

Where things are is known for a page of 1280 by 800 pixels; that something is there is seen by comparing parts of the picture."""
import os
import re
import subprocess
import sys
import threading

import driver
from chromium import Chromium
from driver import Failure, wait_for

HUMANS, START, END_SELECTION = (130, 148), (827, 777), (1257, 777)
ROWS = {"autodin": 134, "cash": 157, "gtd": 180, "": 203}
state = {}


class Page(driver.Program):
    """The dashboard with a server before it."""

    def start(self):
        environment = dict(self.environment, LC_ALL="C.UTF-8", GTK_A11Y="none")
        self.process = subprocess.Popen([sys.argv[3], self.program], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        dead = threading.Timer(20, self.process.terminate)
        dead.start()
        for line in self.process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                dead.cancel()
                return found.group(0)
        raise Failure("no address was printed")

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()  # the server ends with it
            self.process.wait()


page = Page(sys.argv[1])


def cell(name):
    """The picture of a row's state."""
    return state["chromium"].picture(x=266, y=ROWS[name] - 9, width=110, height=18)


def worker_pids():
    return [pid for pid in page.engine_pids() if b"--worker" in open(f"/proc/{pid}/cmdline", "rb").read()]


def test_page_shows_the_window():
    chromium = state["chromium"] = Chromium(sys.argv[4])
    chromium.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
    chromium.call("Page.enable")
    chromium.call("Page.navigate", url=page.start())
    wait_for(lambda: chromium.evaluate("document.images.length") > 20, "pictures of the window", 30)


def test_click_in_the_sidebar_shows_three_stopped():
    state["chromium"].click(*HUMANS)
    wait_for(lambda: cell("autodin") == cell("cash") == cell("gtd") != cell(""), "three rows in the same state", 20)
    state["stopped"] = cell("autodin")


def test_click_on_start_makes_the_row_active():
    chromium = state["chromium"]
    chromium.click(400, ROWS["autodin"])
    wait_for(lambda: cell("autodin") != state["stopped"], "the row selected", 5)
    # The bar of the selection comes in over a moment.
    bar = {"x": 790, "y": 765, "width": 76, "height": 24}
    last = []
    wait_for(lambda: last.append(chromium.picture(**bar)) or (len(last) > 3 and len(set(last[-3:])) == 1), "the bar at rest", 5)
    chromium.click(*START)
    wait_for(lambda: len(worker_pids()) == 1, "a worker process", 5)
    chromium.click(*END_SELECTION)
    wait_for(lambda: cell("cash") == cell("gtd") == state["stopped"] and cell("autodin") not in (state["stopped"], cell("")),
             "another state in the first row only", 10)
    if len(sys.argv) > 5:
        with open(sys.argv[5], "wb") as file:
            file.write(chromium.picture())


def test_end_leaves_no_server():
    page.kill()
    pids = [name for name in os.listdir("/proc") if name.isdigit() and is_server(name)]
    if pids:
        raise Failure(f"processes are left: {pids}")


def is_server(pid):
    try:
        return b"regie-browser." in open(f"/proc/{pid}/cmdline", "rb").read()
    except OSError:
        return False


try:
    driver.run([test_page_shows_the_window, test_click_in_the_sidebar_shows_three_stopped, test_click_on_start_makes_the_row_active,
                test_end_leaves_no_server])
finally:
    if "chromium" in state:
        state["chromium"].close()
    page.close()
