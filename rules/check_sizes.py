#!/usr/bin/env python3
"""Rule: a hand-written source file stays below 1,500 lines; past that it is about two things."""

import pathlib
import sys

import source_text

LIMIT = 1500
FOLDERS = ["engine", "conformance", "stress", "triage", "fuzz", "bench", "rules"]


def check(files):
    return [f"{path}: {lines} lines, the limit is {LIMIT}" for path, lines in files if lines >= LIMIT]


def source_files(root):
    for folder in FOLDERS:
        for path in sorted((pathlib.Path(root) / folder).rglob("*")):
            if path.suffix in (".h", ".hpp", ".cpp", ".py") and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8").count("\n")


def main():
    if sys.argv[1:] == ["--self-test"]:
        assert check([("a.cpp", 1499)]) == [] and len(check([("a.cpp", 1500)])) == 1
        print("check_sizes: self-test ok")
        return 0
    return source_text.report("file sizes", check(source_files(sys.argv[1])), "Split the file by subject.")


if __name__ == "__main__":
    sys.exit(main())
