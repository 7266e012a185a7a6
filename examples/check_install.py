#!/usr/bin/env python3
"""Installs a build to a prefix of its own, and builds and runs the examples from there as programs of somebody else: by
find_package and by pkg-config. Usage: check_install.py BUILD_FOLDER C_COMPILER CXX_COMPILER FLAGS"""

import os
import pathlib
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parent


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}\nended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main():
    build, c_compiler, cxx_compiler = sys.argv[1:4]
    flags = sys.argv[4] if len(sys.argv) > 4 else ""
    with tempfile.TemporaryDirectory() as folder:
        prefix = pathlib.Path(folder, "prefix")
        run("cmake", "--install", build, "--prefix", prefix)
        libraries = next(path.parent for path in prefix.glob("lib*/**/libheddle.so"))
        environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries), PKG_CONFIG_PATH=str(libraries / "pkgconfig"))

        for example, kind in [("agent_pool", "CXX"), ("own_event_loop", "C")]:
            compiler = cxx_compiler if kind == "CXX" else c_compiler
            there = pathlib.Path(folder, example)
            run("cmake", "-S", EXAMPLES / example, "-B", there, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_{kind}_COMPILER={compiler}",
                f"-DCMAKE_{kind}_FLAGS={flags}")
            run("cmake", "--build", there)
            print(run(there / example, env=environment), end="")

        found = run("pkg-config", "--cflags", "--libs", "heddle", env=environment).split()
        program = pathlib.Path(folder, "c_program_by_pkg_config")
        run(c_compiler, "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", *flags.split(), "-o", program,
            EXAMPLES / "c_program" / "main.c", *found)
        print(run(program, env=environment), end="")
        assert run("pkg-config", "--modversion", "heddle", env=environment).strip() == "0.1.0"

        # The static library, by the package's other target.
        there = pathlib.Path(folder, "static")
        there.mkdir()
        (there / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.16)\nproject(static LANGUAGES CXX)\nfind_package(heddle 0.1 REQUIRED)\n"
                                              f"add_executable(static {EXAMPLES}/agent_pool/main.cpp)\n"
                                              "target_compile_features(static PRIVATE cxx_std_20)\n"
                                              "target_link_libraries(static PRIVATE heddle::static Threads::Threads)\n")
        run("cmake", "-S", there, "-B", there / "build", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={cxx_compiler}",
            f"-DCMAKE_CXX_FLAGS={flags}")
        run("cmake", "--build", there / "build")
        print(run(there / "build" / "static"), end="")

        shell = prefix / "bin" / "heddle"
        assert run(shell, "-p", "6 * 7").strip() == "42"
        shown = sorted(path.name for path in prefix.glob("include/heddle/*"))
        assert shown == ["heddle.h", "heddle.hpp"], shown
    print("installed, found and run")


if __name__ == "__main__":
    main()
