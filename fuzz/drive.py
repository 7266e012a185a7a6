"""Runs fuzz targets and looks after their corpora: what ./dev fuzz and ./dev corpus call once the target is built."""
import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def fail(message):
    sys.exit(f"dev: {message}")


def wire_dictionary():
    """Every tag of the wire format, and the headers, for libFuzzer's -dict."""
    lines = ['magic="\\xC1\\x01\\x00"']
    for name, code in re.findall(r"^WIRE_TAG\((\w+), (0x[0-9A-F]{2})", (ROOT / "engine/clone/wire.def").read_text(), re.M):
        lines.append(f'{name}="\\x{code[2:]}"')
        lines.append(f'{name}_of_one="\\x{code[2:]}\\x01"')
    return "\n".join(lines) + "\n"


def dictionary(target, folder):
    written = ROOT / "fuzz" / f"{target}.dict"
    if written.exists():
        return written
    if target == "clone_bytes":
        made = folder / f"{target}.dict"
        made.write_text(wire_dictionary())
        return made
    return None


def corpus_folder(target):
    return ROOT / "corpus" / target


def run(options):
    build = pathlib.Path(options.program).parent
    found = ROOT / "findings" / f"fuzz-{options.target}"
    grown = build / "corpus" / options.target
    for folder in (found, grown, corpus_folder(options.target)):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    command = [options.program, str(grown), str(corpus_folder(options.target)), f"-max_total_time={round(options.minutes * 60)}",
               f"-artifact_prefix={found}/", "-print_final_stats=1", "-rss_limit_mb=4096", "-timeout=25"]
    words = dictionary(options.target, build)
    if words:
        command.append(f"-dict={words}")
    command += options.rest
    coverage = features = "?"
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
    stats, findings = {}, []
    for line in process.stderr:
        sys.stderr.write(line)
        if match := re.search(r"cov: (\d+) ft: (\d+)", line):
            coverage, features = match.groups()
        if match := re.match(r"stat::(\w+):\s+(\d+)", line):
            stats[match[1]] = int(match[2])
        if match := re.search(r"Test unit written to (.+)$", line):
            findings.append(pathlib.Path(match[1]))
    status = process.wait()
    print(f"{options.target}: {stats.get('number_of_executed_units', 0)} executions, {stats.get('average_exec_per_sec', 0)} a second, "
          f"coverage {coverage} edges ({features} features), peak {stats.get('peak_rss_mb', 0)} MB, {len(findings)} findings")
    for finding in findings:
        known = " (the same input as one found earlier)" if finding in before else ""
        print(f"  {finding.relative_to(ROOT)}{known}: replay with {os.path.relpath(options.program, ROOT)} {finding.relative_to(ROOT)}")
    return 1 if findings or status not in (0,) else 0


def merge(program, into, sources):
    command = [program, "-set_cover_merge=1", "-rss_limit_mb=4096", str(into), *map(str, sources)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-3000:])
        fail("merging failed; the corpus is as it was")


def count(folder):
    files = [f for f in folder.iterdir() if f.is_file()]
    return f"{len(files)} files, {sum(f.stat().st_size for f in files)} bytes"


def corpus(options):
    folder = corpus_folder(options.target)
    folder.mkdir(parents=True, exist_ok=True)
    for source in options.sources:
        if not pathlib.Path(source).exists():
            fail(f"there is no file or folder '{source}'; {options.action} takes what is to go into the corpus of {options.target}")
    if options.action != "minimise" and not options.sources:
        fail(f"corpus {options.action} needs {'files' if options.action == 'add' else 'folders'} to take in")
    print(f"corpus/{options.target}: {count(folder)}")
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        if options.action == "minimise":
            merge(options.program, temporary, [folder])
            smallest = {f.name: f for f in temporary.iterdir()}
            known = {hashlib.sha1(f.read_bytes()).hexdigest(): f for f in folder.iterdir() if f.is_file()}
            for digest, file in known.items():
                if digest not in smallest:
                    file.unlink()
            for digest, file in smallest.items():
                if digest not in known:
                    shutil.copy(file, folder / digest)
        else:
            for source in map(pathlib.Path, options.sources):
                for file in [source] if source.is_file() else [f for f in source.rglob("*") if f.is_file()]:
                    shutil.copy(file, temporary / hashlib.sha1(file.read_bytes()).hexdigest())
            if options.action == "add":  # what somebody names is kept even if it covers nothing new
                for file in temporary.iterdir():
                    shutil.copy(file, folder / file.name)
            else:
                merge(options.program, folder, [temporary])
    print(f"corpus/{options.target}: {count(folder)} now")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./dev")
    parser.add_argument("--program", required=True)
    parser.add_argument("--target", required=True)
    actions = parser.add_subparsers(dest="action", required=True)
    fuzz = actions.add_parser("fuzz", help="fuzz the target")
    fuzz.add_argument("--minutes", type=float, default=1.0)
    fuzz.add_argument("rest", nargs="*", help="more options for libFuzzer, behind --")
    for name in ("add", "merge", "minimise"):
        actions.add_parser(name).add_argument("sources", nargs="*")
    options = parser.parse_args()
    sys.exit(run(options) if options.action == "fuzz" else corpus(options))


main()
