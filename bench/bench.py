#!/usr/bin/env python3
"""Measures heddle beside other engines on the programs of bench/programs, their interpreters without a compiler to machine
code. Rounds go over the engines in turn, so that a change in the machine's speed falls on all of them. `--check` only runs each
program once and compares its checksum with the recorded one."""
import argparse, fnmatch, json, math, os, shlex, shutil, statistics, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
import bundle  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
CHECKSUMS = os.path.join(HERE, "checksums.json")
MEASURE = "heddle-measure"  # beside the engine that is measured
# Name, command, and the Debian package that brings it.
PEERS = [
    ("node", ["node", "--jitless"], "nodejs"),
    ("jsc", ["jsc", "--useJIT=false"], "libjavascriptcoregtk-4.0-bin"),
    ("js102", ["js102", "--no-ion", "--no-baseline", "--no-blinterp"], "libmozjs-102-dev"),
]
TIME_LIMIT = 120  # seconds for one run of one program


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def program_names(pattern):
    names = sorted(name[:-3] for name in os.listdir(PROGRAMS) if name.endswith(".js"))
    if pattern and not any(c in pattern for c in "*?["):
        pattern = f"*{pattern}*"
    return [name for name in names if not pattern or fnmatch.fnmatchcase(name, pattern)]


def assemble(name, seconds, folder, text=None):
    """The file that an engine runs: constants, the program (`text`, or the one in programs/), the harness."""
    path = os.path.join(folder, f"{name}.js")
    text = text or read(os.path.join(PROGRAMS, f"{name}.js"))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"var NAME = {json.dumps(name)}, SECONDS = {seconds};\n")
        file.write(text + read(os.path.join(HERE, "harness.js")))
    return path


class Outcome:
    def __init__(self, status, output, seconds, peak):
        self.status, self.output, self.seconds, self.peak = status, output, seconds, peak


def spawn(command):
    """Runs to the end; the time it took and the peak of its resident memory in MiB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as figures:
        # heddle-measure writes to descriptor 3.
        subprocess.run(["sh", "-c", 'fd=$1; shift; eval "exec \"\$@\" 3>&$fd"', "sh", str(figures.fileno()), MEASURE, str(TIME_LIMIT), *command],
                       stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, pass_fds=[figures.fileno()], check=False)
        out.seek(0)
        figures.seek(0)
        text = out.read().decode("utf-8", "replace")
        figure = figures.read().split()
    if len(figure) != 3:
        raise SystemExit(f"bench: heddle-measure failed: {text.strip()[:200]}")
    return Outcome(os.waitstatus_to_exitcode(int(figure[2])), text, int(figure[0]) / 1e9, int(figure[1]) / 1024)


def run_program(command, path):
    """The record that the harness printed, or None with a line that says what went wrong."""
    outcome = spawn(command + [path])
    lines = [line for line in outcome.output.splitlines() if line.startswith('{"name"')]
    if outcome.status != 0 or not lines:
        last = outcome.output.strip().splitlines()[-1:] or ["no output"]
        return None, f"exit status {outcome.status}: {last[0][:160]}"
    record = json.loads(lines[-1])
    record["peak"] = outcome.peak
    return record, None


def check(engine, pattern, update):
    recorded = json.loads(read(CHECKSUMS)) if os.path.exists(CHECKSUMS) else {}
    names, bad = program_names(pattern), 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            record, error = run_program(engine, assemble(name, 0, folder))
            got = record["checksum"] if record else None
            if update and got is not None:
                recorded[name] = got
            elif got is None or got != recorded.get(name):
                bad += 1
                print(f"{name}: expected checksum {recorded.get(name)!r}, got {error or repr(got)}")
    if update:
        with open(CHECKSUMS, "w", encoding="utf-8") as file:
            json.dump({name: recorded[name] for name in names if name in recorded}, file, indent=1)
            file.write("\n")
    print(f"{len(names) - bad} of {len(names)} programs gave the recorded checksum")
    return 1 if bad or not names else 0


class Progress:
    """One line that is written over, on a terminal only."""

    def __init__(self):
        self.live = sys.stderr.isatty()

    def show(self, text):
        if self.live:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()

    def clear(self):
        self.show("")


def spread(values):
    return (max(values) - min(values)) / statistics.median(values) * 100 if values else 0.0


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def measure_startup(engines, runs, progress):
    """Milliseconds and MiB of an empty script: medians of interleaved runs."""
    times, peaks = {name: [] for name in engines}, {name: [] for name in engines}
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.js")
        open(empty, "w", encoding="utf-8").close()
        for turn in range(runs + 1):
            for name, command in engines.items():
                progress.show(f"start-up {turn}/{runs} {name}")
                outcome = spawn(command + [empty])
                if turn == 0:
                    continue  # brings the program's pages in
                if outcome.status == 0:
                    times[name].append(outcome.seconds * 1000)
                    peaks[name].append(outcome.peak)
    return ({name: statistics.median(v) for name, v in times.items() if v}, {name: statistics.median(v) for name, v in peaks.items() if v})


def fetch_bundles(pattern, folder):
    """The text of those of the npm packages that match, by name."""
    texts = {}
    for name in bundle.BUNDLES:
        if pattern and not fnmatch.fnmatchcase(name, pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"):
            continue
        text, reason = bundle.fetch(name, folder)
        if text is None:
            print(f"not measured: {name}: {reason}")
        else:
            texts[name] = bundle.program(name, text)
    return texts


def measure_programs(engines, names, texts, rounds, seconds, progress):
    """For each program and engine: milliseconds an iteration (all rounds), peak memory; and what failed."""
    figures = {name: {engine: [] for engine in engines} for name in names}
    peaks = {name: {engine: 0.0 for engine in engines} for name in names}
    sums, failures, begin, done = {name: {} for name in names}, [], time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: assemble(name, seconds, folder, texts.get(name)) for name in names}
        for turn in range(rounds):
            for name in names:
                for engine, command in engines.items():
                    total = rounds * len(names) * len(engines)
                    left = (time.perf_counter() - begin) / done * (total - done) if done else 0
                    progress.show(f"round {turn + 1}/{rounds} {name} {engine}, {left:.0f} s left")
                    record, error = run_program(command, paths[name])
                    done += 1
                    if error:
                        failures.append(f"{name} under {engine}: {error}")
                        continue
                    figures[name][engine].append(record["ms"] / record["iterations"])
                    peaks[name][engine] = max(peaks[name][engine], record["peak"])
                    sums[name][engine] = record["checksum"]
    progress.clear()
    for name in names:
        if len(set(sums[name].values())) > 1:
            failures.append(f"{name}: the engines' checksums differ: {sums[name]}")
    return figures, peaks, failures


def row_of(name, unit, values):
    peers = {engine: value for engine, value in values.items() if engine != "heddle"}
    return {"name": name, "heddle": values.get("heddle"), "peers": peers, "unit": unit}


def print_table(rows, spreads, peers):
    print(f"{'program':<18}{'unit':>6}{'heddle':>9}{'spread':>8}" + "".join(f"{peer:>10}{'ratio':>7}" for peer in peers))
    for row in rows:
        own = row["heddle"]
        line = f"{row['name']:<18}{row['unit']:>6}" + (f"{own:>9.2f}" if own is not None else f"{'-':>9}")
        line += f"{spreads[row['name']]:>7.0f}%" if row["name"] in spreads else f"{'':>8}"
        for peer in peers:
            value = row["peers"].get(peer)
            ratio = f"{value / own:>7.2f}" if value is not None and own else f"{'-':>7}"
            line += (f"{value:>10.2f}" if value is not None else f"{'-':>10}") + ratio
        print(line)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--heddle", default=os.path.join(HERE, "..", "build", "release", "heddle"), help="the engine to measure")
    parser.add_argument("--rounds", type=int, help="rounds over all engines and programs (3)")
    parser.add_argument("--seconds", type=float, help="the least that is timed in one run (1)")
    parser.add_argument("--quick", action="store_true", help="one round of 0.3 seconds")
    parser.add_argument("--filter", metavar="PATTERN", help="only programs whose name contains or matches this")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=COMMAND", help="another engine to measure beside")
    parser.add_argument("--peers", metavar="NAMES", help="only these peers, with commas; 'none' for none")
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.add_argument("--check", action="store_true", help="run each program once and compare with the recorded checksums")
    parser.add_argument("--update-checksums", action="store_true", help="with --check: record what the engine gives")
    options = parser.parse_args()
    if not os.access(options.heddle, os.X_OK):
        parser.error(f"there is no engine at {options.heddle}; ./dev bench builds it, --heddle names another")
    global MEASURE
    MEASURE = os.path.join(os.path.dirname(os.path.abspath(options.heddle)), "heddle-measure")
    if not os.access(MEASURE, os.X_OK):
        parser.error(f"there is no {MEASURE}; build the target heddle-measure")
    if options.check:
        return check([options.heddle], options.filter, options.update_checksums)

    engines, wanted = {"heddle": [options.heddle]}, None if options.peers is None else options.peers.split(",")
    for name, command, package in PEERS:
        if wanted is not None and name not in wanted:
            continue
        if shutil.which(command[0]):
            engines[name] = command
        else:
            print(f"not measured: {name} is not installed (./dev bench --install-peers, or apt-get install {package})")
    for extra in options.engine:
        name, equals, command = extra.partition("=")
        if not name or not equals or not shlex.split(command):
            parser.error(f"--engine takes NAME=COMMAND, got '{extra}'")
        engines[name] = shlex.split(command)
    texts = fetch_bundles(options.filter, os.path.join(os.path.dirname(os.path.abspath(options.heddle)), "npm"))
    names = program_names(options.filter) + sorted(texts)
    if not names:
        parser.error(f"no program matches '{options.filter}'; there are: {' '.join(program_names(None))}")
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = options.seconds or (0.3 if options.quick else 1.0)

    progress = Progress()
    peers = [name for name in engines if name != "heddle"]
    begin_ms, begin_mib = measure_startup(engines, 5 if options.quick else 15, progress)
    figures, peaks, failures = measure_programs(engines, names, texts, rounds, seconds, progress)
    rows, spreads, memory = [], {}, []
    for name in names:
        rows.append(row_of(name, "ms", {engine: statistics.median(v) for engine, v in figures[name].items() if v}))
        spreads[name] = spread(figures[name]["heddle"])
        memory.append(row_of(f"{name} memory", "MiB", {engine: v for engine, v in peaks[name].items() if v}))
    ratios = {peer: [r["peers"][peer] / r["heddle"] for r in rows if peer in r["peers"] and r["heddle"]] for peer in peers}
    means = {peer: geometric_mean(values) for peer, values in ratios.items() if values}
    start = [row_of("start-up", "ms", begin_ms), row_of("start-up memory", "MiB", begin_mib)]
    print_table(rows, spreads, peers)
    print_table(start, {}, peers)
    print("\npeak memory")
    print_table([dict(row, name=row["name"].removesuffix(" memory")) for row in memory], {}, peers)
    for peer in peers:
        if peer in means:
            print(f"geometric mean beside {peer}: {means[peer]:.2f} (lowest {min(ratios[peer]):.2f}; above 1 heddle is faster)")
    for failure in failures:
        print(f"FAILED {failure}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"rows": rows + start + memory, "geomean": means, "rounds": rounds, "seconds": seconds, "failures": failures}, file, indent=1)
            file.write("\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
