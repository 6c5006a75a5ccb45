# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real program as a person would: looks at it through AT-SPI, acts with pointer and keys (xdotool)."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402


class Failure(Exception):
    pass


def wait_for(condition, what, timeout=10.0):
    """Calls CONDITION until it gives something true; gives that back."""
    end = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {timeout} s")
        time.sleep(0.03)


def enable_accessibility():
    """Without a listener GTK exports nothing; the bus's own switches say that there is one."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
                      GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True))),
                      None, Gio.DBusCallFlags.NONE, 5000)


class Program:
    """One dashboard with an engine, a store and settings of its own."""

    def __init__(self, program, language=None):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="regie-e2e-")
        runtime = os.path.join(self.folder, "run")
        os.mkdir(runtime, 0o700)
        self.environment = dict(os.environ, XDG_DATA_HOME=os.path.join(self.folder, "data"),
                                XDG_CONFIG_HOME=os.path.join(self.folder, "config"),
                                XDG_CACHE_HOME=os.path.join(self.folder, "cache"), XDG_STATE_HOME=os.path.join(self.folder, "state"),
                                REGIE_ENGINE_SOCKET=os.path.join(runtime, "regie", "engine.sock"),
                                GDK_BACKEND="x11", GTK_A11Y="atspi", GSETTINGS_BACKEND="keyfile")
        if language:
            self.environment["LANGUAGE"] = language
        self.process = None
        self.engine = 0

    def start(self):
        self.process = subprocess.Popen([self.program], env=self.environment, stdin=subprocess.DEVNULL)
        return wait_for(self.find_application, "the program on the accessibility bus", 30)

    def find_application(self):
        if self.process.poll() is not None:
            raise Failure(f"the program ended with {self.process.returncode}")
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            try:
                if child is not None and child.get_process_id() == self.process.pid and child.get_child_count() > 0:
                    return child
            except GLib.Error:
                continue
        return None

    def kill(self):
        """As a crash would end it."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def listener(self):
        """The process that listens at the engine's socket; the last one, when nobody does any more."""
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(self.environment["REGIE_ENGINE_SOCKET"])
                self.engine = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
            except OSError:
                pass
        return self.engine

    def engine_pids(self):
        """The engine, which lets only root look inside, by its socket; its workers by the data folder they have open."""
        found = []
        engine = self.listener()
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                if not words[0].endswith(b"regie-engine"):
                    continue
                cwd_or_args = b" ".join(words) + self.open_files(int(name))
            except OSError:
                continue
            if int(name) == engine or self.folder.encode() in cwd_or_args:
                found.append(int(name))
        return found

    @staticmethod
    def open_files(pid):
        names = []
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                names.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except OSError:
            pass
        return "\n".join(names).encode()

    def close(self):
        self.kill()
        for pid in self.engine_pids():
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        end = time.monotonic() + 8
        while self.engine_pids() and time.monotonic() < end:
            time.sleep(0.05)
        for pid in self.engine_pids():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


# --- looking ---

def walk(node, depth=0):
    yield node
    if depth > 40:
        return
    try:
        count = node.get_child_count()
    except GLib.Error:
        return
    for i in range(min(count, 400)):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        if child is not None:
            yield from walk(child, depth + 1)


def is_showing(node):
    try:
        return node.get_state_set().contains(Atspi.StateType.SHOWING)
    except GLib.Error:
        return False


def name_of(node):
    try:
        return node.get_name() or ""
    except GLib.Error:
        return ""


def role_of(node):
    try:
        return node.get_role_name()
    except GLib.Error:
        return ""


def find_all(root, role=None, name=None, contains=None, showing=True):
    found = []
    for node in walk(root):
        if role is not None and role_of(node) not in (role if isinstance(role, tuple) else (role,)):
            continue
        text = name_of(node)
        if name is not None and text != name:
            continue
        if contains is not None and contains not in text:
            continue
        if showing and not is_showing(node):
            continue
        found.append(node)
    return found


def find(root, role=None, name=None, contains=None, timeout=10.0):
    what = f"{role or 'anything'} {name or contains or ''}"
    return wait_for(lambda: next(iter(find_all(root, role, name, contains)), None), what, timeout)


def is_gone(root, **query):
    return not find_all(root, **query)


# --- acting ---

def xdotool(*words):
    subprocess.run(["xdotool", *[str(word) for word in words]], check=True, stdout=subprocess.DEVNULL)


# GTK sums up the boxes of a widget's ancestors without their padding, so what it says lies up to some 17 pixels left of and above what is drawn. Buttons are
# deeper in the tree than rows; this much brings the pointer inside either.
BUTTON_SHIFT = 13


def click(node, button=1, repeat=1):
    """The pointer goes to the middle of what was found; there is no window manager, so windows are at 0,0."""
    box = node.get_extents(Atspi.CoordType.WINDOW)
    if box.width <= 0 or box.height <= 0:
        raise Failure(f"{name_of(node)}: it has no size")
    shift = BUTTON_SHIFT if any(word in role_of(node) for word in ("button", "tab", "text", "entry")) else 0
    xdotool("mousemove", "--sync", box.x + box.width // 2 + shift, box.y + box.height // 2 + shift)
    xdotool("click", "--repeat", repeat, "--delay", 60, button)


def key(*names):
    for name in names:
        xdotool("key", "--clearmodifiers", name)


def write(text):
    xdotool("type", "--clearmodifiers", "--delay", 12, text)


# --- tests in the form of TAP ---

def run(tests):
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} {test.__name__}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"not ok {number} {test.__name__}\n# {failure}", flush=True)
        except Exception as error:  # a fault of the test is a failure too, with its place
            failed += 1
            import traceback
            text = traceback.format_exc().replace("\n", "\n# ")
            print(f"not ok {number} {test.__name__}\n# {error}\n# {text}", flush=True)
    sys.exit(1 if failed else 0)
