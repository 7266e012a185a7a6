#!/usr/bin/env python3
"""Rule: every rule of engine/base/rules.def is looked at somewhere in the engine, and has a test that breaks it and expects
its report by name."""

import re
import sys

import source_text

RULE = re.compile(r'^RULE\((\w+), "([a-z-]+)", "(.+)"\)$', re.M)


def check(table, files):
    rules = RULE.findall(table)
    problems = [] if rules else ["engine/base/rules.def: no RULE(Identifier, \"name\", \"expectation\") found"]
    listed = len(re.findall(r"^RULE\(", table, re.M))
    if listed != len(rules):
        problems.append(f"engine/base/rules.def: {listed - len(rules)} of {listed} lines do not read RULE(Identifier, \"name\", \"expectation\")")
    names = [name for _, name, _ in rules]
    problems += [f"engine/base/rules.def: {name} stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for identifier, name, _ in rules:
        looked_at = re.compile(rf"Rule::{identifier}\b|HEDDLE_RULE\({identifier},|HEDDLE_NOT_INSIDE\([^,]+, {identifier},")
        if not any(looked_at.search(text) for path, text in files if "/tests/" not in path):
            problems.append(f"{name}: nothing in engine/ looks at Rule::{identifier}")
        if not any(f"broken rule {name}" in text for path, text in files if path.endswith("_test.cpp")):
            problems.append(f"{name}: no test expects \"broken rule {name}\"")
    return problems


def self_test():
    table = 'RULE(StaleView, "stale-view", "fresh")\n'
    engine = ("buffers/view.cpp", "report_broken_rule(Rule::StaleView, this)")
    test = ("buffers/tests/view_test.cpp", 'EXPECT_DEATH(x, "broken rule stale-view: 8")')
    assert check(table, [engine, test]) == []
    assert len(check(table, [engine])) == 1 and len(check(table, [test])) == 1
    assert len(check(table + table, [engine, test])) == 1
    assert len(check(table + 'RULE(Lock, "lock" "x")\n', [engine, test])) == 1
    assert check("", []) != []
    print("check_engine_rules: self-test ok")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    files = list(source_text.engine_files(sys.argv[1]))
    table = dict(files)["base/rules.def"]
    return source_text.report("engine rules", check(table, files), "A rule that nothing breaks in a test may have stopped to notice anything.")


if __name__ == "__main__":
    sys.exit(main())
