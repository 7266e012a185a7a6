#!/usr/bin/env python3
"""Rule: the controlled scheduler's object files call nothing but each other and define nothing that the linker may merge
with an instrumented copy. Otherwise a sanitizer would see the hand-offs and take them for synchronization."""

import subprocess
import sys

import source_text

OWN = "_ZN6heddle4sync10controlled"


def check(table):
    problems = []
    for line in table.splitlines():
        words = line.split()
        if len(words) < 2:
            continue
        kind, name = words[-2], words[-1]
        if kind == "U" and not name.startswith(OWN):
            problems.append(f"uses {name}")
        elif kind in "WVuv":
            problems.append(f"defines {name}, which the linker may replace by an instrumented copy")
    return problems


def self_test():
    assert check("                 U _ZN6heddle4sync10controlled4pickEv\n0000000000000000 T _ZN6heddle1xEv\n") == []
    assert len(check("                 U memcpy\n                 U __tsan_read4\n")) == 2
    assert len(check("0000000000000000 W _ZN6heddle4sync10ThreadPath5childEj\n")) == 1
    print("check_scheduler: self-test ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    files = [name for argument in sys.argv[1:] for name in argument.split(";")]
    problems = []
    for name in files:
        table = subprocess.run(["nm", name], check=True, capture_output=True, text=True).stdout
        problems += [f"{name.rsplit('/', 1)[-1]}: {problem}" for problem in check(table)]
    return source_text.report("scheduler", problems, "Use sync/controlled/raw.h, which is inlined.")


if __name__ == "__main__":
    sys.exit(main())
