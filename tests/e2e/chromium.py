# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven by the DevTools protocol over a pipe: no port is opened for it."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from driver import Failure

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-extensions", "--disable-sync", "--force-device-scale-factor=1", "--window-size=1280,800", "--remote-debugging-pipe"]


class Chromium:
    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="regie-chromium-")
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # The protocol's pipe is file descriptors 3 and 4. The shell moves both at once, whatever their numbers are here.
        self.process = subprocess.Popen(["bash", "-c", f'exec 8<&{commands} 9>&{answers}; exec 3<&8 4>&9; exec "$0" "$@"', program, *FLAGS,
                                         f"--user-data-dir={self.profile}", "about:blank"], pass_fds=(commands, answers),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.number, self.buffer, self.page = 0, b"", None
        target = next(target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")
        self.page = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]

    def receive(self, end):
        while b"\0" not in self.buffer:
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                raise Failure("Chromium does not answer")
            data = os.read(self.answers, 1 << 20)
            if not data:
                raise Failure("Chromium ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, timeout=30.0, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.page:
            message["sessionId"] = self.page
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + timeout
        while True:
            answer = self.receive(end)
            if answer.get("id") != self.number:
                continue
            if "error" in answer:
                raise Failure(f"{method}: {answer['error']['message']}")
            return answer["result"]

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def click(self, x, y):
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def picture(self, **clip):
        """PNG of the page, or of the part x, y, width, height."""
        options = {"clip": dict(clip, scale=1)} if clip else {}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"])

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.commands, self.answers):
            os.close(pipe)
        for _ in range(50):  # a child of it may still write for a moment
            shutil.rmtree(self.profile, ignore_errors=True)
            if not os.path.exists(self.profile):
                break
            time.sleep(0.1)
