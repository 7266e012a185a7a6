#!/usr/bin/env python3
"""Rule: the engine has no mutable statics. Reads the symbol table of the engine's archive and names every object that
lies in a writable section; .data.rel.ro is read-only once relocated. The one exception is the thread record."""

import re
import subprocess
import sys
import tempfile

import source_text

ALLOWED = {
    "heddle::sync::current_thread_record": ".tbss",
}
WRITABLE = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\.ldata|\.lbss|\*COM\*)")
# objdump -t: value, seven flag characters, section, size, name. Section symbols carry the flag 'd'.
SYMBOL = re.compile(r"^[0-9a-f]{8,16} (?P<flags>.{7}) (?P<section>\S+)\t(?P<size>[0-9a-f]+)\s+(?P<name>.*)$")


def check(table):
    problems = []
    member = "?"
    for line in table.splitlines():
        file_line = re.match(r"^(\S+):\s+file format", line)
        if file_line:
            member = file_line.group(1)
            continue
        match = SYMBOL.match(line)
        if not match or not WRITABLE.match(match["section"]) or "d" in match["flags"]:
            continue
        name = re.sub(r"^\.(hidden|protected|internal) ", "", match["name"]).strip()
        if match["section"].startswith(ALLOWED.get(name, "\0")):
            continue
        problems.append(f"{member}: {name} ({int(match['size'], 16)} bytes) lies in {match['section']}")
    return problems


def symbol_table(archive):
    return subprocess.run(["objdump", "--syms", "--demangle", archive], check=True, capture_output=True,
                          text=True).stdout


def self_test(compiler):
    source = """
        #include <cstddef>
        namespace heddle {
        int counter;
        int table[3] = {1, 2, 3};
        const char* const kNames[] = {"a", "b"};
        constexpr int kNumbers[] = {1, 2};
        int next() { static int last = 4; thread_local int mine; return last++ + mine++ + counter + table[0]; }
        struct Guarded { Guarded(); int x; };
        int guarded() { static Guarded one; return one.x; }
        const char* name(int i) { return kNames[i + kNumbers[0]]; }
        }
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([compiler, "-x", "c++", "-std=c++23", "-O1", "-fPIC", "-c", "-o", f"{folder}/planted.o", "-"],
                       input=source, text=True, check=True)
        found = "\n".join(check(symbol_table(f"{folder}/planted.o")))
    for expected in ["heddle::counter", "heddle::table", "last", "mine", "guard variable"]:
        assert expected in found, f"{expected} not in:\n{found}"
    assert "kNames" not in found and "kNumbers" not in found, found
    print("check_statics: self-test ok")
    return 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test(sys.argv[2])
    problems = check(symbol_table(sys.argv[1]))
    return source_text.report("mutable statics", problems, "State belongs to a Runtime or an Agent; tables are "
                              "constexpr.")


if __name__ == "__main__":
    sys.exit(main())
