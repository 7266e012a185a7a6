#!/usr/bin/env python3
"""Measures heddle's threads beside node's and beside what the machine allows: creation of workers, their memory, messages,
waiting, clones, and how soon an agent ends in each of the states that script can be in. Rounds go over the peers in turn, all
pinned to the same processors; a figure is the median of the rounds, a ratio that of the rounds' own ratios, so that a machine that
is slow for some seconds is so for both sides."""
import argparse, json, os, signal, shutil, statistics, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "threads")
TIME_LIMIT = 180
MIB = 1024 * 1024

# Name, program, constants, figure, unit, whether less is better, native limit (arguments of heddle-bench-native), target.
CLONES = [("nested objects", "nested", 2.5), ("100k small objects", "objects", 2.5), ("Map of 100k", "map", 2.5), ("Set of 100k", "set", 2.5),
          ("a million doubles", "doubles", None), ("1 MB string", "string", None), ("64 MB buffer, copied", "buffer", None),
          ("64 MB buffer, transferred", "transfer", None), ("64 byte buffer, transferred", "transfer_small", None)]


def rows_of(quick):
    n = 10 if quick else 1
    rows = [
        dict(name="worker to first message", program="creation.js", constants={"COUNT": 60 // n + 10}, figure="ms", unit="ms", native=["creation", "500"], ratio=30, limit=0.3),
        dict(name="idle agent", program="idle.js", unit="KiB", limit=250),
        dict(name="message round trip", program="round_trip.js", constants={"COUNT": 40000 // n}, figure="us", unit="us", native=["round_trip", "40000"], native_ratio=1.3),
        dict(name="message flood", program="flood.js", constants={"COUNT": 200000 // n}, figure="per_second", unit="1/s", more=True, ratio=2),
        dict(name="Atomics wait and notify", program="wait_notify.js", constants={"COUNT": 40000 // n}, figure="us", unit="us", native=["round_trip", "40000"]),
    ]
    for name, kind, ratio in CLONES:
        rows.append(dict(name=f"clone: {name}", program="clone.js", constants={"KIND": kind, "SECONDS": 0.1 if quick else 0.7}, figure="ms", unit="ms", ratio=ratio,
                         native=["copy", "64"] if kind == "buffer" else None))
    return rows


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Runner:
    def __init__(self, processors):
        self.prefix = ["taskset", "-c", processors] if processors else []

    def figures(self, command):
        """The object behind FIGURES in the output, or None with a reason."""
        try:
            run = subprocess.run(self.prefix + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIME_LIMIT, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            return None, f"no end within {TIME_LIMIT} s"
        for line in run.stdout.splitlines():
            if line.startswith("FIGURES "):
                return json.loads(line[8:]), None
        last = run.stdout.strip().splitlines()[-1:] or ["no output"]
        return None, f"exit status {run.returncode}: {last[0][:160]}"

    def idle_memory(self, command, count):
        """KiB of private dirty memory for each worker, and the reason when there is no figure."""
        process = subprocess.Popen(self.prefix + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        try:
            signal.alarm(TIME_LIMIT)
            before = None
            for line in process.stdout:
                if line.strip() == "BASELINE":
                    time.sleep(0.3)
                    before = private_dirty(process.pid)
                elif line.strip() == "READY":
                    return (private_dirty(process.pid) - before) / count, None
            return None, "it ended early"
        finally:
            signal.alarm(0)
            process.kill()
            process.wait()


def private_dirty(pid):
    """KiB."""
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise SystemExit("bench: no Private_Dirty in smaps_rollup: this needs Linux 4.14 or later")


def assemble(folder, program, constants):
    path = os.path.join(folder, program)
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"var {name} = {json.dumps(value)};\n" for name, value in constants.items()))
        file.write(read(os.path.join(PROGRAMS, "common.js")) + read(os.path.join(PROGRAMS, program)))
    return path


def measure_row(row, runner, commands, native, rounds, folder, failures):
    figures = {name: [] for name in [*commands, "native"]}
    for _ in range(rounds):
        for name, command in commands.items():
            if row["program"] == "idle.js":
                # 200 of node's workers do not fit everywhere, and the figure is for each of them.
                count = 200 if name == "heddle" else 40
                value, reason = runner.idle_memory(command + [assemble(folder, row["program"], {"COUNT": count})], count)
            else:
                record, reason = runner.figures(command + [assemble(folder, row["program"], row["constants"])])
                value = record[row["figure"]] if record else None
            if value is None:
                failures.append(f"{row['name']} under {name}: {reason}")
            else:
                figures[name].append(value)
        if row.get("native"):
            record, reason = runner.figures([native, *row["native"]])
            if record:
                figures["native"].append(next(iter(record.values())))
            else:
                failures.append(f"{row['name']}, native: {reason}")
    return figures


def median_of(values):
    return statistics.median(values) if values else None


def median_ratio(above, below):
    """Of the rounds' own ratios; None where a round of either side failed."""
    return statistics.median(a / b for a, b in zip(above, below)) if above and len(above) == len(below) else None


def verdicts(row, own, ratio, native_ratio):
    """What is to be reached, and whether it is."""
    found = []
    if row.get("limit") is not None and own is not None:
        found.append((f"at most {row['limit']} {row['unit']}", own <= row["limit"]))
    if row.get("ratio") and ratio is not None:
        found.append((f"node x{row['ratio']}", ratio >= row["ratio"]))
    if row.get("native_ratio") and native_ratio is not None:
        found.append((f"native x{row['native_ratio']}", native_ratio <= row["native_ratio"]))
    return found


def text_of(value):
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def histogram(values, edges):
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[sum(value >= edge for edge in edges)] += 1
    return counts


def measure_termination(program, runner, count, failures):
    run = subprocess.run(runner.prefix + [program, str(count)], stdout=subprocess.PIPE, text=True, check=False, timeout=1200)
    if run.returncode != 0:
        failures.append(f"termination: exit status {run.returncode}")
        return None
    states = json.loads(run.stdout)
    every = [value for state in states for value in state["latencies_ms"]]
    edges = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    print(f"\n{'termination (ms)':<30}{'p50':>9}{'p99':>9}{'max':>9}{'longest gap':>13}")
    for state in states:
        values = state["latencies_ms"]
        print(f"{state['state']:<30}{percentile(values, .5):>9.2f}{percentile(values, .99):>9.2f}{max(values):>9.2f}{state['longest_gap_ms']:>13.3f}")
    print(f"{'all':<30}{percentile(every, .5):>9.2f}{percentile(every, .99):>9.2f}{max(every):>9.2f}{max(s['longest_gap_ms'] for s in states):>13.3f}")
    print("\nhow many ended within (ms)")
    counts = histogram(every, edges)
    for label, number in zip([f"< {edge:g}" for edge in edges] + [f">= {edges[-1]:g}"], counts):
        print(f"{label:>9} {number:>5} {'#' * round(60 * number / max(counts))}")
    return {"states": states, "p50": percentile(every, .5), "p99": percentile(every, .99), "max": max(every), "histogram": {"edges_ms": edges, "counts": counts},
            "longest_gap_ms": max(state["longest_gap_ms"] for state in states)}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench threads", description=__doc__)
    parser.add_argument("--heddle", default=os.path.join(HERE, "..", "build", "release", "heddle"), help="the engine to measure")
    parser.add_argument("--node", default=shutil.which("node"), help="node's program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filter", default="", help="only rows with this in their name ('termination' is one)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: shows that it works, and little more")
    parser.add_argument("--processors", default=None, help="as taskset -c has it; two of those allowed when left out")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    folder = os.path.dirname(os.path.abspath(options.heddle))
    native, termination = os.path.join(folder, "heddle-bench-native"), os.path.join(folder, "heddle-bench-termination")
    processors = options.processors or ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
    runner = Runner(processors if shutil.which("taskset") else None)
    commands = {"heddle": [options.heddle]}
    if options.node:
        commands["node"] = [options.node]
    else:
        print("node is not installed: ./dev bench --install-peers")
    rounds = 1 if options.quick else options.rounds
    rows, failures = [], []
    print(f"processors {processors}, {rounds} rounds\n{'':<34}{'unit':>6}{'heddle':>12}{'node':>12}{'ratio':>8}{'native':>12}  to reach")
    with tempfile.TemporaryDirectory() as place:
        for row in rows_of(options.quick):
            if options.filter not in row["name"]:
                continue
            figures = measure_row(row, runner, commands, native, rounds, place, failures)
            heddles, nodes, natives = figures["heddle"], figures.get("node", []), figures["native"]
            own, node, limit = median_of(heddles), median_of(nodes), median_of(natives)
            ratio = median_ratio(heddles, nodes) if row.get("more") else median_ratio(nodes, heddles)
            checks = verdicts(row, own, ratio, median_ratio(heddles, natives))
            print(f"{row['name']:<34}{row['unit']:>6}{text_of(own):>12}{text_of(node):>12}{text_of(ratio):>8}{text_of(limit):>12}  "
                  + ", ".join(f"{what}: {'yes' if good else 'NO'}" for what, good in checks), flush=True)
            rows.append({"name": row["name"], "unit": row["unit"], "heddle": own, "peers": {"node": node, "native": limit}, "ratio": ratio,
                         "targets": [{"target": what, "reached": good} for what, good in checks]})
    ending = None
    if options.filter in "termination":
        ending = measure_termination(termination, runner, 3 if options.quick else 25, failures)
        if ending:
            print(f"\ntermination p99 at most 10 ms: {'yes' if ending['p99'] <= 10 else 'NO'}")
    for failure in failures:
        print(f"failed: {failure}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"processors": processors, "rounds": rounds, "rows": rows, "termination": ending, "failures": failures}, file, indent=1)
            file.write("\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
