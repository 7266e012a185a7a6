"""./dev rr over an rr made for the test, which runs the program without recording it: what is asked of it, what comes of
its answers. Where an rr works here, one recording for real.

    rr_test.py HEDDLE_HUNT"""

import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "rr.py"
HUNT = ""

FAKE = """#!{python}
import json, os, subprocess, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
said = os.environ.get("FAKE_REFUSES")
command, rest = sys.argv[1], sys.argv[2:]
if command == "--version":
    print("rr version 0.0.1")
elif command == "record":
    if said:
        sys.exit(said)
    if os.environ.get("FAKE_FAILS") and rest[-1] != "true":
        sys.exit("[FATAL src/RecordSession.cc:1]\\n -> Assertion failed to hold")
    at = rest.index("-o")
    trace, program = rest[at + 1], rest[at + 2:]
    os.mkdir(trace)
    print("rr: Saving execution to trace directory", file=sys.stderr, flush=True)
    done = subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.write(1, done.stdout)
    open(trace + "/output", "wb").write(done.stdout)
    sys.exit(done.returncode if done.returncode >= 0 else 1)
elif command == "pack":
    open(rest[-1] + "/packed", "w").close()
elif command == "replay":
    os.write(1, open(rest[-1] + "/output", "rb").read())
    if os.environ.get("FAKE_DIVERGES"):
        print("and something else")
"""


class Rr(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) if hasattr(self, "enterContext") else self.made()
        self.rr = self.folder / "rr"
        self.log = self.folder / "log"
        self.findings = self.folder / "findings"
        self.rr.write_text(FAKE.format(python=sys.executable, log=str(self.log)))
        self.rr.chmod(self.rr.stat().st_mode | stat.S_IXUSR)

    def made(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def run_tool(self, *words, **variables):
        environment = {**os.environ, "RR": str(self.rr), "RR_FLAGS": "", "RR_RECORD_FLAGS": "", **variables}
        return subprocess.run([sys.executable, str(TOOL), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, env=environment, cwd=self.folder, timeout=240)

    def record(self, what, *words, **variables):
        return self.run_tool("record", what, "--program", HUNT, "--workplace", str(self.folder), "--findings",
                             str(self.findings), *words, **variables)

    def calls(self, command):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [call for call in map(json.loads, lines) if call[0] == command]

    def planted(self, **variables):
        # A check that fails soon whatever the schedule is.
        return self.record("detach_races/transfer_ring", "--plant", "each", "--seed", "5", "--seconds", "2", "--faults",
                           "none", "--tries", "20", **variables)

    def test_records_until_it_fails_and_replays_to_the_same_end(self):
        done = self.planted(RR_FLAGS="-W --flag='two words'", RR_RECORD_FLAGS="-n")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("RECORDED ", done.stdout)
        key = next(self.findings.iterdir()).name
        self.assertIn(f"./dev rr replay {key}", done.stdout)
        record = json.loads((self.findings / key / "record.json").read_text())
        self.assertEqual(record["scenario"], "detach_races/transfer_ring")
        self.assertEqual(record["rr"]["replay"], f"./dev rr replay {key}")
        self.assertIn(f"./dev rr replay {key}", (self.findings / key / "report.txt").read_text())
        self.assertTrue((self.findings / key / "rr" / "trace" / "packed").exists())
        recorded = self.calls("record")[-1]
        self.assertEqual(recorded[:5], ["record", "--chaos", "-W", "--flag=two words", "-n"])
        self.assertIn("--here", recorded)
        self.assertEqual(recorded[recorded.index("--scenario") + 1], "detach_races/transfer_ring")

        same = self.run_tool("replay", key, "--to-end", "--findings", str(self.findings), RR_FLAGS="-W")
        self.assertEqual(same.returncode, 0, same.stdout)
        self.assertIn("the replay reached the same end", same.stdout)
        self.assertEqual(self.calls("replay")[-1][:3], ["replay", "-W", "-a"])
        # Without flags: those that it was recorded with.
        again = self.run_tool("replay", key, "--to-end", "--findings", str(self.findings))
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertEqual(self.calls("replay")[-1][:4], ["replay", "-W", "--flag=two words", "-a"])
        other = self.run_tool("replay", key, "--to-end", "--findings", str(self.findings), FAKE_DIVERGES="1")
        self.assertEqual(other.returncode, 1, other.stdout)
        self.assertIn("NOT the same end", other.stdout)

        # The finding itself can be recorded again, and keeps its seed.
        again = self.record(key, "--tries", "20", "--seconds", "2")
        self.assertEqual(again.returncode, 0, again.stdout)
        seeds = {call[call.index("--seed") + 1] for call in self.calls("record") if "--seed" in call
                 and call[call.index("--scenario") + 1] == "detach_races/transfer_ring"}
        self.assertIn(str(record["seed"]), seeds)
        self.assertEqual([entry.name for entry in self.findings.iterdir()], [key])

    def test_no_failure_is_said(self):
        done = self.record("primitives/guarded_total", "--tries", "2", "--seconds", "0.2", "--seed", "7")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("no failure in 2 recordings", done.stdout)
        seeds = [call[call.index("--seed") + 1] for call in self.calls("record") if "--seed" in call]
        self.assertEqual(seeds, ["7", "8"])
        self.assertFalse(self.findings.exists())

    def test_tells_its_own_failures_from_the_programs(self):
        done = self.planted(FAKE_FAILS="1")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("fails by itself, three times of three", done.stdout)
        self.assertIn("-> Assertion failed to hold", done.stdout)
        self.assertIn("RR_RECORD_FLAGS=-n", done.stdout)
        self.assertFalse(self.findings.exists())

    def test_names_the_missing_capability(self):
        for said, named in (
                ("Unable to open performance counter with 'perf_event_open'; are hardware perf events available?", "counters"),
                ("rr needs /proc/sys/kernel/perf_event_paranoid <= 1, but it is 4.", "perf_event_paranoid"),
                ("Couldn't PTRACE_SEIZE: Operation not permitted", "ptrace is not allowed"),
                ("Intel CPU type 0x906f0 unknown", "does not know this processor"),
                ("Segmentation fault", "it does not record")):
            done = self.record("teardown/workers", FAKE_REFUSES=said)
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn(named, done.stdout)
            self.assertIn(said, done.stdout)
            self.assertIn("./dev hunt --preset controlled --scenario teardown/workers --until-found", done.stdout)
            doctor = self.run_tool("check", FAKE_REFUSES=said)
            self.assertEqual(doctor.returncode, 3)
            self.assertIn(named, doctor.stdout)
        self.assertIn("there is no rr program", self.record("teardown/workers", RR="/no/such/rr").stdout)
        self.assertEqual(self.run_tool("check").returncode, 0)
        self.assertIn("rr version 0.0.1 records here", self.run_tool("check").stdout)

    def test_offers_the_schedule_of_a_finding_under_control(self):
        folder = self.findings / "deadlock-12345678"
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(json.dumps(
            {"key": "deadlock-12345678", "program": "teardown/terminate_waiting", "seed": 9}))
        (folder / "schedule").write_text("heddle schedule 1\nprogram teardown/terminate_waiting\n"
                                         "argument seed 77\nargument plant 1\n")
        refused = self.record("deadlock-12345678", FAKE_REFUSES="perf_event_open")
        self.assertEqual(refused.returncode, 3)
        self.assertIn("./dev replay findings/deadlock-12345678/schedule --debug", refused.stdout)
        self.record("deadlock-12345678", "--tries", "1", "--seconds", "0.05", "--hang-seconds", "5")
        call = self.calls("record")[-1]
        self.assertEqual(call[call.index("--seed") + 1], "77")
        self.assertEqual(call[call.index("--plant") + 1], "each")
        nothing = self.run_tool("replay", "deadlock-12345678", "--findings", str(self.findings), RR="/no/such/rr")
        self.assertEqual(nothing.returncode, 3)

    def test_names_what_is_wrong(self):
        wrong = self.record("check-00000000")
        self.assertEqual(wrong.returncode, 3)
        self.assertIn("there is no finding 'check-00000000'", wrong.stdout)
        self.assertIn("there is no finding", self.run_tool("replay", "nothing").stdout)
        self.assertEqual(self.record("teardown/workers", "--tries", "0").returncode, 2)
        self.assertIn("no scenario matches", self.record("teardown/nothing", "--tries", "1").stdout)

    def test_for_real_where_rr_works(self):
        check = subprocess.run([sys.executable, str(TOOL), "check"], stdout=subprocess.PIPE, text=True)
        if check.returncode != 0:
            self.skipTest(check.stdout.strip())
        real = {"RR": os.environ.get("RR", "rr"), "RR_FLAGS": os.environ.get("RR_FLAGS", ""),
                "RR_RECORD_FLAGS": os.environ.get("RR_RECORD_FLAGS", "")}
        done = self.planted(**real)
        self.assertEqual(done.returncode, 0, done.stdout)
        key = next(self.findings.iterdir()).name
        same = self.run_tool("replay", key, "--to-end", "--findings", str(self.findings), **real)
        self.assertEqual(same.returncode, 0, same.stdout)


if __name__ == "__main__":
    HUNT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
