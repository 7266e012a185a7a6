"""Reading C++ source for the rule checks: the files of the engine, and text with comments and literals blanked."""

import pathlib
import re

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)


def blanked(text):
    """The text with comments, strings and characters replaced by spaces, line numbers unchanged."""
    def blank(match):
        found = match.group(0)
        # 1'000'000: a digit separator is no character literal.
        if found.startswith("'") and match.start() > 0 and text[match.start() - 1].isalnum():
            return found
        return re.sub(r"[^\n]", " ", found)
    return _TOKEN.sub(blank, text)


def engine_files(root):
    """Every C++ file below engine/, as (path relative to engine/, text)."""
    engine = pathlib.Path(root) / "engine"
    for path in sorted(engine.rglob("*")):
        if path.suffix in (".h", ".hpp", ".cpp", ".def") and path.is_file():
            yield path.relative_to(engine).as_posix(), path.read_text(encoding="utf-8")


def report(rule, problems, way_out):
    """Prints the problems and returns the exit status."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{rule}: {len(problems)} problem(s). {way_out}")
        return 1
    print(f"{rule}: ok")
    return 0
