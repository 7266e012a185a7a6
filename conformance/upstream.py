#!/usr/bin/env python3
"""Runs npm's test262-harness, unmodified, over the shell as an eshost of type engine262 (`host FILE`, `host --module FILE`; the
code that type xs puts before each test takes the directive out of strict ones), and this house's own runner over the same
paths, and compares what they say, file by file. Exit status: 0 when both agree and the host never failed."""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HARNESS = "test262-harness@10.0.0"


def install(folder):
    """The harness in `folder`, installed when it is not there."""
    program = folder / "node_modules" / "test262-harness" / "bin" / "run.js"
    if program.exists():
        return program
    if not shutil.which("npm") or not shutil.which("node"):
        sys.exit("upstream: needs npm and node (Debian: apt-get install nodejs npm)")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"installing {HARNESS} into {folder}", file=sys.stderr)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), HARNESS],
                          stdout=sys.stderr)
    if done.returncode != 0 or not program.exists():
        sys.exit(f"upstream: npm could not install {HARNESS}")
    return program


def suite(folder, test262):
    """A view of the suite with the package.json that the harness asks for, whatever the copy of the suite has."""
    view = folder / "suite"
    view.mkdir(parents=True, exist_ok=True)
    for name in ["test", "harness"]:
        link = view / name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(test262 / name)
    (view / "package.json").write_text('{ "name": "test262", "version": "5.0.0" }\n')
    return view


def host(folder, engine):
    """eshost passes its own options and the file; this passes the shell's as well."""
    script = folder / "host.sh"
    script.write_text(f"#!/bin/sh\nexec '{engine}' --test262-host \"$@\"\n")
    script.chmod(0o755)
    return script


def run_harness(program, view, host_path, paths, jobs, timeout):
    # Folders end in a slash for the harness's patterns to reach what is in them.
    patterns = [path if path.endswith(".js") else path.rstrip("/") + "/**/*.js" for path in paths]
    with tempfile.TemporaryDirectory() as temporary:
        command = ["node", str(program), "--host-type=engine262", f"--host-path={host_path}", "--test262-dir=.", f"--threads={jobs}",
                   f"--timeout={int(timeout * 1000)}", "--reporter=json", "--reporter-keys=file,scenario,attrs,result,rawResult",
                   f"--temp-dir={temporary}", *patterns]
        done = subprocess.run(command, cwd=view, stdout=subprocess.PIPE, text=True)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"upstream: the harness ended with {done.returncode} and without a report:\n{done.stdout[-2000:]}")


def host_failure(test):
    """What is the host's fault and not the test's: a crash, a time-out, a report that is none."""
    raw = test.get("rawResult") or {}
    if raw.get("timeout"):
        return "timed out"
    if "unexpected signal" in raw.get("stderr", ""):
        return raw["stderr"].strip().splitlines()[-1]
    if raw.get("stderr", "").startswith("heddle: "):
        return raw["stderr"].strip().splitlines()[0]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", required=True, type=pathlib.Path)
    parser.add_argument("--runner", required=True, type=pathlib.Path)
    parser.add_argument("--conformance", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="where the harness is installed")
    parser.add_argument("--test262", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=60, help="seconds for each test")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    program = install(folder)
    if not (arguments.test262 / "harness").is_dir():
        sys.exit(f"upstream: '{arguments.test262}' is no unpacked test262")
    view = suite(folder, arguments.test262.resolve())
    tests = run_harness(program, view, host(folder, arguments.engine.resolve()), arguments.paths, arguments.jobs, arguments.timeout)

    scenarios = collections.defaultdict(list)
    failures, host_failures = [], []
    for test in tests:
        # The harness names files from where it runs, through the link.
        name = test["file"][test["file"].index("test/"):]
        scenarios[name].append(test["result"]["pass"])
        if not test["result"]["pass"]:
            failures.append(f"{name} ({test.get('scenario') or 'default'}): {test['result'].get('message')}")
        if fault := host_failure(test):
            host_failures.append(f"{name}: {fault}")
    theirs = {name: all(passed) for name, passed in scenarios.items()}

    with tempfile.TemporaryDirectory() as temporary:
        figures, failing = pathlib.Path(temporary, "figures.json"), pathlib.Path(temporary, "failing.txt")
        subprocess.run([arguments.runner, "--engine", arguments.engine, "--conformance", arguments.conformance, "--no-skips",
                        "--timeout", str(arguments.timeout), "--jobs", str(arguments.jobs), "--json", figures, "--list-failures", failing,
                        *arguments.paths], env=dict(os.environ, TEST262_DIR=str(arguments.test262)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not figures.exists():
            sys.exit("upstream: the house's own runner gave no figures")
        ours = json.loads(figures.read_text())
        our_failures = {line.split()[0].rstrip(":") for line in failing.read_text().splitlines() if line.strip()} if failing.exists() else set()

    passed = sum(theirs.values())
    their_failures = {name for name, good in theirs.items() if not good}
    print(f"{'':28} {'files':>7} {'pass':>7} {'fail':>7} {'runs':>7}")
    print(f"{HARNESS:28} {len(theirs):7} {passed:7} {len(their_failures):7} {len(tests):7}")
    print(f"{'the own runner':28} {ours['files']:7} {ours['pass']:7} {ours['fail']:7} {ours['variants']:7}")
    print(f"host failures: {len(host_failures)}")
    for line in host_failures[:20]:
        print("  " + line)
    for line in failures[:20]:
        print("upstream fails " + line)
    for name in sorted(our_failures - their_failures)[:20]:
        print(f"only the own runner fails {name}")
    # Runs are shown and not compared: the harness runs modules twice, as if they could be sloppy.
    equal = (len(theirs), passed, len(their_failures)) == (ours["files"], ours["pass"], ours["fail"]) and their_failures == our_failures
    print("figures equal" if equal else "figures DIFFER")
    if arguments.json:
        arguments.json.write_text(json.dumps({"harness": HARNESS, "files": len(theirs), "pass": passed, "fail": len(their_failures),
                                              "runs": len(tests), "own": {key: ours[key] for key in ["files", "pass", "fail", "variants"]},
                                              "host_failures": host_failures, "equal": equal}, indent=1) + "\n")
    return 0 if equal and not host_failures else 1


if __name__ == "__main__":
    sys.exit(main())
