"""engine/clone/STEPS.md is the table of HTML's clone steps against the tests that cover them, made from the comments above
the tests. Without options: fails when the table is not what the tests say. --write makes it anew."""
import pathlib
import re
import sys

HEAD = """# The steps of structured clone and their tests

HTML standard, 2.7 "Safe passing of structured data". The table is made from the tests of this folder
(`python3 rules/check_clone_steps.py --write .`) and checked by `rules.clone_steps`.

| clause and step | test |
|---|---|
"""
FIRST_STEPS = ["2.7.3 step 2", "2.7.3 step 4", "2.7.3 step 5", "2.7.3 step 7", "2.7.3 step 11", "2.7.3 step 12", "2.7.3 step 13", "2.7.3 step 14",
               "2.7.3 step 15", "2.7.3 step 16", "2.7.3 step 17", "2.7.3 step 18", "2.7.3 step 19", "2.7.3 step 21", "2.7.3 step 22",
               "2.7.3 step 23", "2.7.3 step 24", "2.7.3 step 26.4", "2.7.4", "2.7.6 step 2.1", "2.7.6 step 2.2", "2.7.6 step 2.3",
               "2.7.6 step 5.1", "2.7.6 step 5.4", "2.7.7"]


def rows(text):
    found = []
    for match in re.finditer(r"^// (2\.7\.\d[^\n]*)\nTEST\((\w+), (\w+)\)", text, re.M):
        found.append((match[1], f"{match[2]}.{match[3]}"))
    return found


def order(row):
    return [int(n) for n in re.findall(r"\d+", row[0].split(":")[0])]


def table(text):
    return HEAD + "".join(f"| {step} | `{test}` |\n" for step, test in sorted(rows(text), key=order))


def missing(text):
    steps = [step for step, _ in rows(text)]
    return [wanted for wanted in FIRST_STEPS if not any(step.startswith(wanted) for step in steps)]


def main():
    if sys.argv[1:] == ["--self-test"]:
        text = "// 2.7.3 step 5: symbols\nTEST(A, B) {}\n"
        assert rows(text) == [("2.7.3 step 5: symbols", "A.B")]
        assert "2.7.3 step 4" in missing(text) and "2.7.3 step 5" not in missing(text)
        print("self-test passed")
        return
    write = "--write" in sys.argv
    root = pathlib.Path(sys.argv[-1])
    text = (root / "engine/clone/tests/structured_clone_test.cpp").read_text()
    page = root / "engine/clone/STEPS.md"
    if write:
        page.write_text(table(text))
    problems = [f"no test covers {step}" for step in missing(text)]
    if not page.exists() or page.read_text() != table(text):
        problems.append("engine/clone/STEPS.md is not what the tests say: python3 rules/check_clone_steps.py --write .")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
