#!/usr/bin/env python3
"""Unmodified packages from npm as programs: each parses its own source, and the digest of the tree must equal node's. They are
fetched with npm when needed and kept in a folder of the build, never in the repository. Exit status 77: nothing to run, and why."""
import argparse, json, os, shutil, subprocess, sys, tarfile, tempfile

# Package and version, the file in it, the least number of its lines, and how it is called.
BUNDLES = {
    "acorn": ("acorn@8.14.0", "package/dist/acorn.js", 5000, "library.parse(SOURCE, { ecmaVersion: 'latest', sourceType: 'script' })"),
    "esprima": ("esprima@4.0.1", "package/dist/esprima.js", 5000, "library.parseScript(SOURCE, { range: true, tokens: true })"),
}
PROGRAM = """
var library = typeof module === 'object' && module.exports ? module.exports : globalThis.%(name)s;
var SOURCE = %(source)s;
function run() {
  var tree = %(call)s;
  var text = JSON.stringify(tree, function (key, value) { return typeof value === 'bigint' ? String(value) : value instanceof RegExp ? String(value) : value; });
  var hash = 0;
  for (var i = 0; i < text.length; i += 13) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return text.length + ':' + hash;
}
"""


def fetch(name, folder):
    """The text of a bundle, and None; or None and a line that says why not."""
    package, path, least, _ = BUNDLES[name]
    kept = os.path.join(folder, f"{name}.js")
    if not os.path.exists(kept):
        if not shutil.which("npm"):
            return None, "npm is not installed (apt-get install npm)"
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            command = ["npm", "pack", package, "--silent", "--fetch-retries=0", "--fetch-timeout=20000"]
            try:
                done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=60, check=False)
            except subprocess.TimeoutExpired:
                return None, f"npm could not fetch {package} within a minute"
            archives = [f for f in os.listdir(place) if f.endswith(".tgz")]
            if done.returncode != 0 or not archives:
                return None, f"npm could not fetch {package}: {(done.stderr.strip().splitlines() or ['no network?'])[0][:120]}"
            with tarfile.open(os.path.join(place, archives[0])) as archive:
                data = archive.extractfile(path).read()
            unfinished = os.path.join(place, "unfinished")
            with open(unfinished, "wb") as file:
                file.write(data)
            os.replace(unfinished, kept)
    with open(kept, encoding="utf-8") as file:
        text = file.read()
    if text.count("\n") < least:
        return None, f"{package} has {text.count(chr(10))} lines, expected {least}"
    return text, None


def program(name, text):
    """The bundle as one of the programs of bench/: it defines run()."""
    return text + PROGRAM % {"name": name, "source": json.dumps(text), "call": BUNDLES[name][3]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heddle", required=True, help="the engine")
    parser.add_argument("--folder", required=True, help="where fetched bundles are kept")
    options = parser.parse_args()
    bad = ran = 0
    with tempfile.TemporaryDirectory() as place:
        for name in BUNDLES:
            text, reason = fetch(name, options.folder)
            if text is None:
                print(f"not run: {name}: {reason}")
                continue
            path = os.path.join(place, f"{name}.js")
            with open(path, "w", encoding="utf-8") as file:
                file.write(program(name, text) + "(typeof print === 'function' ? print : console.log)(run());\n")
            outputs = []
            for command in ([options.heddle, path], ["node", path]):
                try:
                    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
                    outputs.append(done.stdout.strip() if done.returncode == 0 else f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()[:300]}")
                except subprocess.TimeoutExpired:
                    outputs.append("no end within two minutes")
            ran += 1
            same = outputs[0] == outputs[1]
            bad += not same
            print(f"{name}: {text.count(chr(10))} lines, digest {outputs[0]}" + ("" if same else f", but node gives {outputs[1]}"))
    return 1 if bad else 0 if ran else 77


if __name__ == "__main__":
    sys.exit(main())
