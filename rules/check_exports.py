#!/usr/bin/env python3
"""Rule: the shared library shows exactly the functions that heddle.h declares with HEDDLE_API, and nothing else."""

import re
import subprocess
import sys
import tempfile

import source_text

DECLARATION = re.compile(r"^HEDDLE_API\b[^;(]*?\b(heddle_\w+)\(", re.MULTILINE)


def declared(header):
    return set(DECLARATION.findall(header))


def exported(library):
    table = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=posix", library], check=True, capture_output=True,
                           text=True).stdout
    return {line.split()[0] for line in table.splitlines() if line.strip()}


def check(header, library):
    wanted, there = declared(header), exported(library)
    problems = [f"{name} is declared in heddle.h, and the library does not define it" for name in sorted(wanted - there)]
    return problems + [f"{name} is visible, and heddle.h does not declare it" for name in sorted(there - wanted)]


def self_test(compiler):
    header = "HEDDLE_API int heddle_here(void);\nHEDDLE_API heddle_status\nheddle_missing(int x);\n"
    assert declared(header) == {"heddle_here", "heddle_missing"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([compiler, "-x", "c++", "-shared", "-fPIC", "-o", f"{folder}/planted.so", "-"], check=True, text=True,
                       input='extern "C" int heddle_here() { return 1; } int stray() { return 2; }')
        problems = check(header, f"{folder}/planted.so")
    assert len(problems) == 2, problems
    assert "heddle_missing" in problems[0] and "stray" in problems[1], problems
    print("check_exports: self-test ok")
    return 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test(sys.argv[2])
    with open(sys.argv[1], encoding="utf-8") as header:
        problems = check(header.read(), sys.argv[2])
    return source_text.report("exports", problems, "cmake/exports.map says what is visible; heddle.h declares it.")


if __name__ == "__main__":
    sys.exit(main())
