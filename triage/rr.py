#!/usr/bin/env python3
"""Recordings of findings with rr (https://rr-project.org): record until the failure appears, pack, keep beside the
finding, replay in gdb or to the end. Called by ./dev rr and ./dev doctor; RR names the program, RR_FLAGS what it is
given besides, both when it records and when it replays, RR_RECORD_FLAGS what it is given only when it records."""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REFUSED = 3


class Refusal(Exception):
    """Something that the user has to know and can do something about."""


def rr_program():
    return os.environ.get("RR") or "rr"


def rr_flags():
    return shlex.split(os.environ.get("RR_FLAGS", ""))


def record_flags():
    return rr_flags() + shlex.split(os.environ.get("RR_RECORD_FLAGS", ""))


def first_line(text):
    return next((line.strip() for line in text.splitlines() if line.strip()), "it said nothing")


def read_number(path):
    try:
        return int(Path(path).read_text().strip())
    except (OSError, ValueError):
        return None


def is_root():
    return os.geteuid() == 0


def missing_capability(said):
    """What is missing, from what rr said when it refused, and what to do about it."""
    low = said.lower()
    paranoid = read_number("/proc/sys/kernel/perf_event_paranoid")
    if "perf_event_paranoid" in low or (
            "perf_event_open" in low and paranoid is not None and paranoid > 1 and not is_root()):
        return (f"kernel.perf_event_paranoid is {paranoid}: a user may not read hardware counters",
                "as root: sysctl kernel.perf_event_paranoid=1")
    if "ptrace" in low:
        scope = read_number("/proc/sys/kernel/yama/ptrace_scope")
        return ("ptrace is not allowed" + (f" (kernel.yama.ptrace_scope is {scope})" if scope else ""),
                "as root: sysctl kernel.yama.ptrace_scope=1; in a container: give it the capability SYS_PTRACE")
    for mark in ("cpu type", "unknown cpu", "unknown intel", "unknown amd", "microarch", "cpuid"):
        if mark in low:
            return ("this rr does not know this processor",
                    "a newer rr, named by RR, or its option --microarch in RR_FLAGS")
    if "counter" in low or "perf_event_open" in low or "pmu" in low:
        return ("no hardware performance counters: this machine, likely a virtual one, offers none",
                "a machine with counters, or an rr that counts in software, named by RR, with its option in RR_FLAGS")
    return ("it does not record", "see what it said, and RR and RR_FLAGS")


def probe():
    """None when rr records here; otherwise (what is missing, what to do about it, what rr said)."""
    program = shutil.which(rr_program())
    if not program:
        return (f"there is no rr program '{rr_program()}'",
                "install it (Debian: apt-get install rr), or name one with RR=/path/to/rr", "")
    with tempfile.TemporaryDirectory(prefix="heddle-rr-") as folder:
        try:
            done = subprocess.run([program, "record", *record_flags(), "-o", f"{folder}/trace", "true"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", timeout=120)
        except subprocess.TimeoutExpired:
            return ("it does not come back from recording 'true' within two minutes", "see RR and RR_FLAGS", "")
        if done.returncode == 0 and os.path.isdir(f"{folder}/trace"):
            return None
        return (*missing_capability(done.stdout), first_line(done.stdout))


def schedule_instead(finding, scenario):
    lines = ["A schedule needs none of that, and repeats the run exactly:"]
    if finding and (finding / "schedule").exists():
        lines.append(f"  ./dev replay {shown(finding / 'schedule')} --debug")
    else:
        where = f" --scenario {scenario}" if scenario else ""
        lines.append(f"  ./dev hunt --preset controlled{where} --until-found")
        lines.append("  ./dev replay findings/KEY/schedule --debug")
    return "\n".join(lines)


def require_rr(finding=None, scenario=None):
    missing = probe()
    if missing is None:
        return
    what, remedy, said = missing
    text = f"rr cannot record here: {what}\n"
    if said:
        text += f"  {rr_program()} says: {said}\n"
    raise Refusal(text + f"  what helps: {remedy}\n" + schedule_instead(finding, scenario))


def shown(path):
    """Relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def load_finding(folder):
    try:
        record = json.loads((folder / "record.json").read_text())
    except (OSError, ValueError) as error:
        raise Refusal(f"{shown(folder)} is no finding: {error}")
    return record


def find_finding(findings, name):
    for folder in (Path(findings) / name, Path(name)):
        if (folder / "record.json").is_file():
            return folder
    return None


def hunt_options(arguments, finding):
    """The options of heddle-hunt that choose what is run, and the seed of the first try."""
    if finding is None:
        chosen = ["--scenario", arguments.what]
        if arguments.faults:
            chosen += ["--faults", arguments.faults]
        if arguments.plant:
            chosen += ["--plant", arguments.plant]
        return chosen, arguments.seed if arguments.seed is not None else int(time.time()) % 1_000_000_007
    record = load_finding(finding)
    seed = record.get("seed", 1)
    if "scenario" in record:
        chosen = ["--scenario", record["scenario"]]
        faults = arguments.faults or record.get("faults", {}).get("name")
        if faults:
            chosen += ["--faults", faults]
        planted = record.get("planted", [])
        if arguments.plant or planted:
            chosen += ["--plant", arguments.plant or planted[0]]
    else:
        # Found under the scheduler: the same program, running freely.
        program = record.get("program", "")
        if program.startswith("script:") or program.startswith("shapes/") or not program:
            raise Refusal(f"'{program}' runs under the scheduler only; what repeats it is\n  {record.get('command')}")
        chosen = ["--scenario", program]
        given = schedule_arguments(finding / "schedule")
        seed = given.get("seed", seed)
        if arguments.faults:
            chosen += ["--faults", arguments.faults]
        if arguments.plant or given.get("plant"):
            chosen += ["--plant", arguments.plant or "each"]
    return chosen, arguments.seed if arguments.seed is not None else seed


def schedule_arguments(path):
    given = {}
    try:
        for line in path.read_text().splitlines():
            words = line.split()
            if len(words) == 3 and words[0] == "argument":
                given[words[1]] = int(words[2])
    except (OSError, ValueError):
        pass
    return given


def without_rr_lines(text):
    return "\n".join(line for line in text.splitlines() if not line.startswith(("rr: ", "[FATAL", "[WARN")))


def descendants(process):
    found = []
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            for child in Path(f"/proc/{process}/task/{task}/children").read_text().split():
                found += [int(child), *descendants(int(child))]
    except OSError:
        pass
    return found


def record_once(command, seconds, output):
    """Runs one recording; (status as of subprocess, whether it hung)."""
    # The child decides nothing by itself on a signal of the terminal; rr hands it on.
    environment = {**os.environ, "HEDDLE_HUNT_STARTED": "1"}
    with open(output, "wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                                   env=environment)
        try:
            return process.wait(timeout=seconds), False
        except subprocess.TimeoutExpired:
            # The recorded program is ended and not rr, so that the trace is whole.
            for child in descendants(process.pid):
                try:
                    os.kill(child, signal.SIGABRT)
                except ProcessLookupError:
                    pass
        try:
            return process.wait(timeout=60), True
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Refusal("rr does not end although what it records was ended")


def said_status(status):
    if status < 0:
        try:
            return f"ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"ended by signal {-status}"
    return f"exit status {status}"


def command_record(arguments):
    finding = find_finding(arguments.findings, arguments.what)
    if finding is None and (Path(arguments.what).is_dir() or arguments.what.count("-") and "/" not in arguments.what):
        raise Refusal(f"there is no finding '{arguments.what}' in {shown(Path(arguments.findings))}, "
                      "and scenarios are named folder/name (./dev hunt --list)")
    chosen, seed = hunt_options(arguments, finding)
    require_rr(finding, chosen[1])
    if arguments.check_only:
        return 0
    workplace = Path(tempfile.mkdtemp(prefix="heddle-rr-", dir=arguments.workplace))
    try:
        return record_in(workplace, arguments, finding, chosen, seed)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def record_in(workplace, arguments, finding, chosen, seed):
    trace, output = workplace / "trace", workplace / "output.txt"
    began = time.monotonic()
    own_failures = 0
    for attempt in range(1, arguments.tries + 1):
        # A finding keeps its seed: only the schedule is drawn anew. A scenario is given another program each time.
        used = seed if finding else seed + attempt - 1
        shutil.rmtree(trace, ignore_errors=True)
        program = [arguments.program, "--here", *chosen, "--seed", str(used),
                   "--minutes", f"{arguments.seconds / 60:.6f}"]
        status, hung = record_once([rr_program(), "record", "--chaos", *record_flags(), "-o", str(trace), *program],
                                   arguments.seconds + arguments.hang_seconds, output)
        text = output.read_text(errors="replace")
        if status == 2:
            raise Refusal(without_rr_lines(text).strip() or "heddle-hunt does not take these options")
        if any(line.startswith("[FATAL") for line in text.splitlines()):
            # What is recorded has not failed; rr has.
            own_failures += 1
            print(f"try {attempt} of {arguments.tries}, seed {used}: rr itself failed", flush=True)
            if own_failures == 3 and attempt == 3:
                lines = text.splitlines()
                at = next(i for i, line in enumerate(lines) if line.startswith("[FATAL"))
                raise Refusal("rr starts to record here and then fails by itself, three times of three:\n  "
                              + "\n  ".join(line[:300] for line in lines[at:at + 2])
                              + "\n  RR_RECORD_FLAGS=-n (no system call buffer) makes it slower and more robust\n"
                              + schedule_instead(finding, chosen[1]))
            continue
        if not trace.is_dir():
            raise Refusal(f"rr recorded nothing ({said_status(status)}): {first_line(text)}")
        print(f"try {attempt} of {arguments.tries}, seed {used}: "
              + ("hung" if hung else "no failure" if status == 0 else said_status(status)), flush=True)
        if status == 0 and not hung:
            continue
        return keep(workplace, arguments, finding, chosen, used, status, hung, attempt)
    print(f"no failure in {arguments.tries - own_failures} recordings of {arguments.seconds:g} s "
          f"({time.monotonic() - began:.0f} s); --tries N, --seconds N, --seed N and --faults NAME try more\n"
          + schedule_instead(finding, chosen[1]))
    return 1


def keep(workplace, arguments, finding, chosen, seed, status, hung, attempt):
    trace, output = workplace / "trace", workplace / "output.txt"
    text = without_rr_lines(output.read_text(errors="replace"))
    report = workplace / "report.txt"
    report.write_text(text + "\n")
    command = [arguments.program, *chosen, "--seed", str(seed), "--write-up", str(report), "--status", str(status)]
    folder = finding
    if finding is None:
        done = subprocess.run([*command, "--findings", arguments.findings] + (["--hung"] if hung else []),
                              stdout=subprocess.PIPE, text=True, check=True)
        folder = Path(arguments.findings) / json.loads(done.stdout)["key"]
    record = load_finding(folder)
    packed = subprocess.run([rr_program(), "pack", str(trace)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace")
    if packed.returncode != 0:
        print(f"not packed, so it replays on this machine only as long as its files stay: {first_line(packed.stdout)}")
    place = folder / "rr"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.move(str(trace), place / "trace")
    (place / "output.txt").write_text(text + "\n")
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    replay = f"./dev rr replay {record['key']}"
    (place / "recording.json").write_text(json.dumps({
        "format": 1, "rr": version(), "flags": rr_flags(), "record_flags": record_flags(), "packed": packed.returncode == 0, "status": status,
        "hung": hung, "tries": attempt, "seed": seed, "options": chosen, "bytes": size, "replay": replay}, indent=2) + "\n")
    record["rr"] = {"replay": replay, "status": status}
    (folder / "record.json").write_text(json.dumps(record, indent=2) + "\n")
    report_file = folder / "report.txt"
    written = report_file.read_text(errors="replace") if report_file.exists() else ""
    if replay not in written:
        report_file.write_text(f"{written.rstrip()}\n\nrecorded with rr; in gdb: {replay}\n")
    print(f"RECORDED {record['key']} at try {attempt}: {said_status(status)}{', hung' if hung else ''}, "
          f"{size / 1e6:.1f} MB\n  {failure_line(text)}\n  replay: {replay}")
    return 0


def failure_line(text):
    for mark in ("check failed:", "heddle: "):
        for line in text.splitlines():
            if mark in line:
                return line.strip()
    return first_line(text)


def version():
    done = subprocess.run([rr_program(), "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return first_line(done.stdout)


def command_replay(arguments):
    folder = find_finding(arguments.findings, arguments.key)
    if folder is None:
        raise Refusal(f"there is no finding '{arguments.key}' in {shown(Path(arguments.findings))}")
    place = folder / "rr"
    if not (place / "recording.json").is_file():
        record = load_finding(folder)
        raise Refusal(f"{arguments.key} has no recording: ./dev rr record {record['key']} makes one\n"
                      + schedule_instead(folder, record.get("scenario") or record.get("program")))
    recording = json.loads((place / "recording.json").read_text())
    if not shutil.which(rr_program()):
        raise Refusal(f"there is no rr program '{rr_program()}': install it (Debian: apt-get install rr), "
                      f"or name one with RR; this trace was made by {recording['rr']}")
    flags = rr_flags()
    if not flags and recording["flags"]:
        flags = recording["flags"]
    command = [rr_program(), "replay", *flags]
    if not arguments.to_end:
        if not shutil.which("gdb"):
            raise Refusal("there is no gdb: install it (Debian: apt-get install gdb), or use --to-end")
        print("continue (c) stops where a check fails; then reverse-continue, reverse-step and watchpoints lead back", flush=True)
        os.execvp(command[0], [*command, str(place / "trace"), "--", "-ex", "set breakpoint pending on",
                               "-ex", "break stress::Context::fail", "-ex", "break heddle::assertion_failed"])
    done = subprocess.run([*command, "-a", str(place / "trace")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    wanted = without_rr_lines((place / "output.txt").read_text(errors="replace")).strip()
    got = without_rr_lines(done.stdout).strip()
    print(got)
    same_output = got == wanted
    # An rr that ends as the program did says more; others end with 0.
    same_status = done.returncode in (0, recording["status"])
    if same_output and same_status:
        print(f"the replay reached the same end: {said_status(recording['status'])}, {len(wanted.splitlines())} lines of output "
              "as recorded")
        return 0
    print(f"NOT the same end: recorded {said_status(recording['status'])}, the replay {said_status(done.returncode)}; "
          f"the output is {'the same' if same_output else 'another'}")
    return 1


def command_check(_):
    """One line for ./dev doctor."""
    missing = probe()
    if missing is None:
        print(f"{version()} records here{' with ' + ' '.join(rr_flags()) if rr_flags() else ''}")
        return 0
    print(f"{missing[0]}; {missing[1]}. Schedules (./dev replay) need none of it")
    return REFUSED


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {text}")
    return value


def main():
    parser = argparse.ArgumentParser(prog="./dev rr", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="record until the failure appears")
    record.add_argument("what", metavar="SCENARIO|FINDING")
    record.add_argument("--tries", type=positive, default=50, help="recordings at most (default %(default)s)")
    record.add_argument("--seconds", type=float, default=5, help="of each (default %(default)s)")
    record.add_argument("--hang-seconds", type=float, default=60, help="so much longer is a hang (default %(default)s)")
    record.add_argument("--seed", type=int)
    record.add_argument("--faults", help="of stress/hunt.toml")
    record.add_argument("--plant", metavar="NAME", help="switch a planted bug on; 'each': the scenario's own")
    record.add_argument("--findings", default="findings")
    record.add_argument("--program", help=argparse.SUPPRESS)
    record.add_argument("--workplace", help=argparse.SUPPRESS)
    record.add_argument("--check-only", action="store_true", help=argparse.SUPPRESS)
    record.set_defaults(function=command_record)
    replay = commands.add_parser("replay", help="open a recording in gdb")
    replay.add_argument("key", metavar="KEY")
    replay.add_argument("--to-end", "--batch", action="store_true", dest="to_end",
                        help="without gdb: replay to the end and say whether it is the recorded one")
    replay.add_argument("--findings", default="findings")
    replay.set_defaults(function=command_replay)
    commands.add_parser("check", help="can rr record here?").set_defaults(function=command_check)
    arguments = parser.parse_args()
    try:
        return arguments.function(arguments)
    except Refusal as refusal:
        print(f"dev: {refusal}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
