#!/usr/bin/env python3
"""./dev bench schedules: programs with known concurrency bugs under every strategy of the controlled scheduler.

For each program and strategy: in how many of the trials the bug was found, and how many schedules it took (the geometric
mean over the trials that found it). Beside them the published figures of the program of the same name, worked out from the
raw data of "Greybox Fuzzing for Concurrency Testing" (ASPLOS 2024). Where our POS or PCT3 differs from the published
figure by more than a factor of two, the shape is not the same, and the table says so."""

import argparse
import csv
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PUBLISHED = HERE / "schedules" / "published.csv"
FACTOR = 2.0


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def read_published(path):
    """program -> strategy -> (found of 20, schedules to bug or None)"""
    table = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in list(csv.reader(file))[1:]:
            def figure(column):
                return int(row[column]), float(row[column + 1]) if row[column + 1] else None
            table[row[0]] = {"reads-from": figure(1), "pos": figure(3), "pct3": figure(5)}
    return table


def collect(lines, trials):
    """The program's output as {shape: {"published": name or None, "runs": {strategy: [runs or 0, ...]}}}, in order."""
    shapes = {}
    for line in lines:
        words = line.split()
        if words[0] == "shape":
            shapes[words[1]] = {"published": None if words[2] == "-" else words[2], "runs": {}}
        else:
            shapes[words[0]]["runs"].setdefault(words[1], []).append(int(words[3]))
    for name, shape in shapes.items():
        for strategy, runs in shape["runs"].items():
            if len(runs) != trials:
                raise SystemExit(f"{name} under {strategy}: {len(runs)} trials instead of {trials}")
    return shapes


def differs(ours, published):
    """Is the shape another one, judged by one strategy? Figures are (found, trials, mean)."""
    found, trials, mean = ours
    published_found, published_mean = published
    if published_mean is None and mean is None:
        return False
    # Found by one side only, or too rarely for a mean to say anything.
    if (published_found >= 10) != (2 * found >= trials):
        return True
    if published_mean is None or mean is None:
        return False
    return max(mean, published_mean) / min(mean, published_mean) > FACTOR


def summarize(shapes, published, trials):
    rows = []
    for name, shape in shapes.items():
        row = {"program": name, "published_as": shape["published"], "strategies": {}, "published": {}, "shape_differs": False}
        for strategy, runs in shape["runs"].items():
            found = [value for value in runs if value]
            row["strategies"][strategy] = {"found": len(found), "trials": trials, "schedules": geometric_mean(found)}
        known = published.get(shape["published"])
        if known:
            row["published"] = {strategy: {"found": found, "schedules": mean} for strategy, (found, mean) in known.items()}
            for strategy in ("pos", "pct3"):
                ours = row["strategies"].get(strategy)
                if ours and differs((ours["found"], trials, ours["schedules"]), known[strategy]):
                    row["shape_differs"] = True
        rows.append(row)
    overall = {}
    for strategy in (rows[0]["strategies"] if rows else []):
        means = [row["strategies"][strategy]["schedules"] for row in rows if row["strategies"][strategy]["found"]]
        overall[strategy] = {
            "programs_found_in_every_trial": sum(row["strategies"][strategy]["found"] == trials for row in rows),
            "programs": len(rows), "schedules": geometric_mean(means)}
    return rows, overall


def cell(figure, trials):
    if figure["schedules"] is None:
        return "-"
    text = f"{figure['schedules']:.1f}"
    return text if figure["found"] == trials else f"{text} ({figure['found']}/{trials})"


def table(rows, overall, trials, out):
    if not rows:
        return
    strategies = list(rows[0]["strategies"])
    width = max(len(row["program"]) for row in rows) + 2
    head = f"{'':<{width}}" + "".join(f"{name:>15}" for name in strategies) + "   | published: RFF, POS, PCT3"
    print(head, file=out)
    for row in rows:
        line = f"{row['program']:<{width}}" + "".join(f"{cell(row['strategies'][name], trials):>15}" for name in strategies)
        if row["published"]:
            figures = [cell(row["published"][name], 20) for name in ("reads-from", "pos", "pct3")]
            line += "   | " + ", ".join(f"{figure}" for figure in figures)
        else:
            line += "   | none"
        if row["shape_differs"]:
            line += "   shape differs"
        print(line, file=out)
    print(f"{'geometric mean':<{width}}" + "".join(
        f"{overall[name]['schedules']:>15.2f}" if overall[name]["schedules"] else f"{'-':>15}" for name in strategies), file=out)
    print(f"{'found in every trial':<{width}}" + "".join(
        f"{str(overall[name]['programs_found_in_every_trial']) + '/' + str(overall[name]['programs']):>15}" for name in strategies),
        file=out)


# A named scenario of two agents, with at least so many decisions a run, and what is to be reached in each build.
THROUGHPUT_SCENARIO, THROUGHPUT_ARGUMENTS = "atomics/wait_notify", ["seed=19"]
LEAST_DECISIONS = 200
TO_REACH = {"controlled": 300, "controlled-tsan": 40}


def read_throughput(text):
    """What heddle-schedules search says of its runs."""
    match = re.search(r"^(\d+) runs of (\S+) by (\S+): (\d+) runs/s, (\d+) decisions a run, (\d+) decisions/s; the last (\S+)",
                      text, re.M)
    if not match:
        raise SystemExit(f"heddle-schedules search said something else:\n{text}")
    return {"runs": int(match[1]), "scenario": match[2], "strategy": match[3], "runs_per_second": int(match[4]),
            "decisions_per_run": int(match[5]), "decisions_per_second": int(match[6]), "last": match[7]}


def measure_throughput(options):
    rows, met = [], True
    for build in options.throughput.split(","):
        preset, program = build.split("=", 1)
        wanted = TO_REACH.get(preset, 0)
        for strategy in ("random-walk", "portfolio"):
            done = subprocess.run([program, "search", options.scenario, "--strategy", strategy, "--seed", str(options.seed),
                                   "--max-runs", str(options.max_runs), *(options.arguments or THROUGHPUT_ARGUMENTS)],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            figure = {"build": preset, **read_throughput(done.stdout), "to_reach": wanted}
            rows.append(figure)
            met &= figure["runs_per_second"] >= wanted and figure["decisions_per_run"] >= LEAST_DECISIONS
            print(f"{preset:<16} {figure['scenario']} by {strategy:<12} {figure['runs_per_second']:>6} runs/s "
                  f"{figure['decisions_per_run']:>6} decisions a run {figure['decisions_per_second']:>9} decisions/s"
                  f"   (to reach: {wanted} runs/s of at least {LEAST_DECISIONS} decisions)"
                  + ("" if done.returncode == 0 else f"   FAILED: {figure['last']}"), flush=True)
            met &= done.returncode == 0
    if options.json:
        text = json.dumps(rows, indent=1) + "\n"
        if options.json == "-":
            sys.stdout.write(text)
        else:
            pathlib.Path(options.json).write_text(text, encoding="utf-8")
    return 0 if met else 1


def self_test():
    figure = read_throughput("12 runs of a/b by pos: 310 runs/s, 215 decisions a run, 66650 decisions/s; the last passed\n")
    assert figure["runs_per_second"] == 310 and figure["decisions_per_run"] == 215 and figure["last"] == "passed"
    lines = ["shape a CS/a", "a pos 0 4", "a pos 1 1", "shape b -", "b pos 0 0", "b pos 1 3"]
    shapes = collect(lines, 2)
    rows, overall = summarize(shapes, {"CS/a": {"reads-from": (20, 1.0), "pos": (20, 4.5), "pct3": (0, None)}}, 2)
    assert rows[0]["strategies"]["pos"]["schedules"] == 2.0 and rows[0]["shape_differs"]
    assert rows[1]["strategies"]["pos"]["found"] == 1 and not rows[1]["published"]
    assert overall["pos"]["programs_found_in_every_trial"] == 1
    assert not differs((20, 20, 3.0), (20, 5.9)) and differs((20, 20, 3.0), (20, 6.1))
    assert differs((20, 20, 100.0), (0, None)) and not differs((0, 20, None), (0, None))
    print("schedules: self-test ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    parser = argparse.ArgumentParser(prog="./dev bench schedules", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help=argparse.SUPPRESS)
    parser.add_argument("--throughput", help=argparse.SUPPRESS)
    parser.add_argument("--scenario", default=THROUGHPUT_SCENARIO, help="with --throughput")
    parser.add_argument("arguments", nargs="*", metavar="NAME=VALUE", help="with --throughput: parameters of the scenario")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--max-runs", type=int, default=1000, help="schedules a trial may try (default 1000)")
    parser.add_argument("--filter", default="", help="only programs with this in their name")
    parser.add_argument("--strategies", default="random-walk,pct3,pos,surw,reads-from,portfolio")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="write the figures as JSON (without FILE: to stdout)")
    options = parser.parse_args()
    if options.throughput:
        return measure_throughput(options)
    # An argument for the process the runs are forked from; one at a time, so that they do not measure each other.
    throughput = subprocess.run([options.program, "--throughput"], check=True, capture_output=True, text=True).stdout.split()
    command = [options.program, "--trials", str(options.trials), "--max-runs", str(options.max_runs), "--seed", str(options.seed),
               "--strategies", options.strategies]
    if options.filter:
        command += ["--filter", options.filter]
    began = time.monotonic()
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("shape "):
                name = line.split()[1]
                print(f"\r\033[K{name}" if sys.stderr.isatty() else f"{time.monotonic() - began:.0f} s: {name}",
                      end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if process.returncode != 0:
        return process.returncode
    rows, overall = summarize(collect(lines, options.trials), read_published(PUBLISHED), options.trials)
    result = {"trials": options.trials, "max_runs": options.max_runs, "seconds": round(time.monotonic() - began, 1),
              "runs_per_second": float(throughput[1]), "decisions_per_second": float(throughput[3]), "overall": overall,
              "programs": rows}
    out = sys.stderr if options.json == "-" else sys.stdout
    table(rows, overall, options.trials, out)
    print(f"{throughput[1]} runs/s of at least {throughput[5]} decisions, {throughput[3]} decisions/s (two agents pass a baton); "
          f"{result['seconds']} s", file=out)
    if options.json == "-":
        json.dump(result, sys.stdout, indent=1)
        print()
    elif options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + os.linesep, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
