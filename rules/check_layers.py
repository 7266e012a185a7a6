#!/usr/bin/env python3
"""Rule: a folder of engine/ includes only from itself and from the folders above it in the order of the house."""

import re
import sys

import source_text

LAYERS = ["base", "sync", "heap", "runtime", "syntax", "bytecode", "interpreter", "regexp", "buffers", "builtins",
          "modules", "clone", "threads", "api", "shell"]

# Headers that a folder above may include although they lie below it, and why.
EXCEPTIONS = {
    ("heap", "runtime/value.h"): "heap and runtime know each other through this one header: cells hold values",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def check(files):
    problems = []
    for path, text in files:
        parts = path.split("/")
        folder = parts[0]
        if folder == "include":
            continue
        if folder not in LAYERS:
            problems.append(f"engine/{path}: the folder '{folder}' has no place in the order {' '.join(LAYERS)}")
            continue
        # A test may look at the folders below the one it tests; nothing includes a test.
        is_test = "tests" in parts[1:-1]
        for match in INCLUDE.finditer(text):
            included = match.group(1)
            line = text.count("\n", 0, match.start()) + 1
            target = included.split("/")[0]
            where = f"engine/{path}:{line}"
            if "/tests/" in included and not is_test:
                problems.append(f"{where}: includes the test file \"{included}\"")
            if target not in LAYERS:
                if target != "heddle" and "/" in included:
                    problems.append(f"{where}: \"{included}\" is not written from the include root engine/")
                continue
            if is_test or (folder, included) in EXCEPTIONS:
                continue
            if LAYERS.index(target) > LAYERS.index(folder):
                problems.append(f"{where}: {folder} includes \"{included}\" from {target}, which lies below it")
    return problems


def self_test():
    assert check([("heap/heap.h", '#include "base/assert.h"\n#include "heap/cell.h"\n#include <vector>\n')]) == []
    assert check([("heap/cell.h", '#include "runtime/value.h"\n')]) == []
    assert len(check([("heap/cell.h", '\n#include "runtime/object.h"\n')])) == 1
    assert check([("heap/cell.h", '\n  # include "builtins/array.h"\n')])[0].startswith("engine/heap/cell.h:2:")
    assert len(check([("sync/mutex.cpp", '#include "shell/main.h"\n')])) == 1
    assert len(check([("attic/old.cpp", "")])) == 1
    assert len(check([("shell/main.cpp", '#include "heap/tests/helper.h"\n')])) == 1
    assert check([("heap/tests/heap_test.cpp", '#include "runtime/object.h"\n')]) == []
    print("check_layers: self-test ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    problems = check(source_text.engine_files(sys.argv[1]))
    return source_text.report("layers", problems, "Move the code, or what it needs, so that it includes upwards only; "
                              "the order is LAYERS in rules/check_layers.py.")


if __name__ == "__main__":
    sys.exit(main())
