#!/usr/bin/env python3
"""Speaks the test262 server protocol and answers each test with what its file asks for in a line `ANSWER: ...`."""

import os
import sys
import time


def answer(kind, phase="-", text=""):
    sys.stdout.write(f"RESULT {kind} {phase} {len(text)}\n{text}")
    sys.stdout.flush()


assert sys.argv[-1] == "--test262-server"
for line in sys.stdin:
    word, _, rest = line.rstrip("\n").partition(" ")
    if word == "RUN":
        mode, flags, includes = rest.split()[1], rest.split()[2], []
    elif word == "INCLUDE":
        includes.append(os.path.basename(rest))
    else:
        wanted = "completed"
        for text in open(rest):
            if "ANSWER:" in text:
                wanted = text.split("ANSWER:")[1].strip()
        if wanted == "die":
            os._exit(3)
        if wanted == "race":
            sys.stderr.write("WARNING: ThreadSanitizer: data race (pid=1)\n")
            sys.stderr.flush()
            answer("completed")
        elif wanted == "strict only":
            answer("completed") if mode == "strict" else answer("threw", "runtime", "Test262Error\nsloppy")
        elif wanted == "done":
            assert "doneprintHandle.js" in includes and includes[:2] == ["assert.js", "sta.js"], includes
            sys.stdout.write("PRINT 25\nTest262:AsyncTestComplete")
            answer("completed")
        elif wanted == "flags":
            answer("threw", "runtime", f"Error\n{flags}")
        elif wanted.startswith("threw"):
            _, phase, name = wanted.split()
            answer("threw", phase, f"{name}\nas asked")
        else:
            answer(wanted)
