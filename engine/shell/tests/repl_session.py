#!/usr/bin/env python3
"""Drives a session of the shell through a pseudo-terminal, as a user at a keyboard would."""

import os
import pty
import re
import select
import signal
import sys
import tempfile
import time
import unittest

SHELL = sys.argv.pop(1)
TIMEOUT = 20  # seconds for one expected text: slow under sanitizers
TAB, CONTROL_C, CONTROL_D, ENTER, UP = "\t", "\x03", "\x04", "\r", "\x1b[A"


class Session:
    def __init__(self, *arguments, history=""):
        self.output = ""
        self.seen = 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            environment = dict(os.environ, TERM="xterm", NO_COLOR="1", HEDDLE_HISTORY=history)
            environment.pop("FORCE_COLOR", None)
            os.execve(SHELL, ["heddle", *arguments], environment)

    def read(self, seconds):
        if not select.select([self.terminal], [], [], seconds)[0]:
            return
        try:
            self.output += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # the program has gone
            time.sleep(0.01)

    def expect(self, text):
        """Waits for `text` behind what was expected before."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            at = self.output.find(text, self.seen)
            if at >= 0:
                self.seen = at + len(text)
                return
            self.read(0.05)
        raise AssertionError(f"no {text!r} in {self.output[self.seen:]!r}")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line(self, text, answer):
        self.type(text + ENTER)
        self.expect("\n" + answer)
        self.expect("\n> ")

    def close(self):
        """Exit status after the end of input."""
        self.type(CONTROL_D)
        return self.wait()

    def wait(self):
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
            self.read(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"the session did not end after {self.output[-300:]!r}")


class Repl(unittest.TestCase):
    def start(self, *arguments, **options):
        session = Session(*arguments, **options)
        session.expect("> ")
        return session

    def test_values_and_lines(self):
        session = self.start()
        session.line("1 + 1", "2")
        session.line("'text'", "'text'")
        session.line("_ + '!'", "'text!'")
        session.line("({ a: [1, { b: 2 }] })", "{ a: [ 1, { b: 2 } ] }")
        session.line("{ a: 1 }", "{ a: 1 }")
        session.line("{ a: 1 };", "1")
        session.line("'h\u00e9 \u65e5\u672c'", "'h\u00e9 \u65e5\u672c'")
        session.type("function twice(x) {" + ENTER)
        session.expect("| ")
        session.type("  return x * 2" + ENTER)
        session.expect("| ")
        session.line("}", "undefined")
        session.line("twice(21)", "42")
        session.line("const a = 1", "undefined")
        session.line("const a = 2; a", "2")
        session.line("let a = 3; a", "3")
        session.line("var v = 1", "undefined")
        session.line("let v = 2; v", "2")
        self.assertEqual(session.close(), 0)

    def test_await(self):
        session = self.start()
        session.line("const x = await Promise.resolve(5)", "undefined")
        session.line("x", "5")
        session.line("var { y, z } = await { y: 1, z: 2 }; y + z", "3")
        session.line("function f() { return x } await 0; f()", "5")
        session.line("f()", "5")
        session.line("await new Promise(r => setTimeout(r, 30, 'slept'))", "'slept'")
        session.line("await Promise.reject(new RangeError('no'))", "Uncaught RangeError: no")
        session.line("_error.message", "'no'")
        self.assertEqual(session.close(), 0)

    def test_completion(self):
        session = self.start()
        session.line("var loom = { pattern: 'twill', get trap() { throw 1 }, inner: { weft: 1 } }", "undefined")
        session.line("loom.pa" + TAB, "'twill'")
        session.line("loom.inner.we" + TAB, "1")
        session.type("loom.trap." + TAB + "x" + CONTROL_C)
        session.expect("^C\n> ")
        session.line("Math.ab" + TAB + "(-3)", "3")
        session.type("Math.a" + TAB)
        session.expect("acosh")
        session.expect("> Math.a")
        session.type(CONTROL_C)
        session.expect("^C\n> ")
        session.line("parseI" + TAB + "('12')", "12")
        session.line("'x'.padSt" + TAB + "(3)", "'  x'")
        self.assertEqual(session.close(), 0)

    def test_errors(self):
        session = self.start()
        session.line("let y = (;", "let y = (;\n         ^\n\nUncaught SyntaxError: ")
        session.line("null.x", "Uncaught TypeError: ")
        session.line("throw { code: 1 }", "Uncaught { code: 1 }")
        session.line("Promise.reject(new Error('lost')), 1", "")
        self.assertIn("Uncaught (in promise) Error: lost", session.output)
        session.line("1 + 1", "2")
        self.assertEqual(session.close(), 0)

    def test_interrupt(self):
        session = self.start()
        for endless in ("for (;;);", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
                        "await new Promise(r => setTimeout(r, 1e6))", "(function f() { Promise.resolve().then(f) })()"):
            session.type(endless + ENTER)
            session.expect(endless)
            time.sleep(0.3)
            session.type(CONTROL_C)
            session.expect("interrupted by Ctrl-C\n> ")
            session.line("'alive'", "'alive'")
        session.type("half a li")
        session.expect("half a li")
        session.type(CONTROL_C)
        session.expect("^C\n> ")
        session.type("f(" + ENTER)
        session.expect("| ")
        session.type(CONTROL_C)
        session.expect("^C\n> ")
        session.type(CONTROL_C)
        session.expect("(To exit")
        session.expect("> ")
        session.type(CONTROL_C)
        self.assertEqual(session.wait(), 0)

    def test_event_loop_runs_at_the_prompt(self):
        session = self.start()
        session.line("setTimeout(() => console.log('tick', 7), 100)", "")
        session.expect("tick 7\n")
        session.expect("> ")
        session.line("Promise.resolve().then(() => console.log('job')), 'value'", "job\n'value'")
        self.assertEqual(session.close(), 0)

    def test_history(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "history")
            session = self.start(history=file)
            session.line("'remember' + 'ed'", "'remembered'")
            self.assertEqual(session.close(), 0)
            self.assertEqual(os.stat(file).st_mode & 0o077, 0)
            session = self.start(history=file)
            session.type(UP)
            session.expect("'remember' + 'ed'")
            session.line("", "'remembered'")
            self.assertEqual(session.close(), 0)

    def test_commands(self):
        with tempfile.TemporaryDirectory() as folder:
            script, saved = os.path.join(folder, "lib.js"), os.path.join(folder, "saved.js")
            with open(script, "w", encoding="utf-8") as stream:
                stream.write("function loaded() {\n  return 'from file';\n}\n")
            session = self.start()
            session.line(".help", ".break")
            session.line(".load " + script, "undefined")
            session.line("loaded()", "'from file'")
            session.line(".load " + folder + "/missing", "Cannot read")
            session.line(".save " + saved, "Session saved to: " + saved)
            session.line(".weave", "There is no command .weave")
            session.type(".editor" + ENTER)
            session.expect("Ctrl-D")
            session.type("let m = 6" + ENTER)
            session.expect("let m = 6\n")
            session.type("m * 7" + ENTER + CONTROL_D)
            session.expect("\n42\n> ")
            session.line(".clear", "A new realm")
            session.line("typeof loaded", "'undefined'")
            session.type(".exit" + ENTER)
            self.assertEqual(session.wait(), 0)
            with open(saved, encoding="utf-8") as stream:
                self.assertIn("loaded()", stream.read())

    def test_interactive_after_inputs(self):
        session = self.start("-i", "-e", "var before = 'set'")
        session.line("before", "'set'")
        self.assertEqual(session.close(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
