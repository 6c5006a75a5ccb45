#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_servers.py [NAME…]: the scripted servers do what the contracts say, printed as TAP."""

import sys
import unittest

import test_ava
import test_faults
import test_qwanyx


class Tap(unittest.TestResult):
    """One line for each test; what failed follows it as a comment."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.parts = []

    def startTest(self, test):
        super().startTest(test)
        self.parts = []

    def line(self, test, fine, more=""):
        self.count += 1
        print(f"{'ok' if fine else 'not ok'} {self.count} - {test.id()}{more}", flush=True)

    def explain(self, test, problem):
        for line in self._exc_info_to_string(problem, test).splitlines():
            print(f"# {line}")

    def addSuccess(self, test):
        self.line(test, True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(test, True, f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(test, False)
        self.explain(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.line(test, False)
        self.explain(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line(subtest, False)
            self.explain(test, err)


def main():
    loader, result = unittest.TestLoader(), Tap()
    modules = (test_qwanyx, test_ava, test_faults)
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in modules)
    if sys.argv[1:]:
        suite = unittest.TestSuite(test for module in suite for case in module for test in case
                                   if any(name in test.id() for name in sys.argv[1:]))
    print("TAP version 13")
    suite.run(result)
    print(f"1..{result.count}")
    return 0 if result.wasSuccessful() and result.count else 1


if __name__ == "__main__":
    sys.exit(main())
