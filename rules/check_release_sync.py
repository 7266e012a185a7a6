#!/usr/bin/env python3
"""Rule: the controlled scheduler costs a release nothing. The program has no symbol of it, and what the compiler makes of
engine/sync's locks and atomics under the flags of a release is, instruction by instruction, what it makes of the plain
primitives."""

import re
import subprocess
import sys
import tempfile

import source_text

FLAGS = ["-std=gnu++23", "-O3", "-DNDEBUG", "-fno-exceptions", "-fno-rtti", "-fno-semantic-interposition",
         "-fno-omit-frame-pointer", "-momit-leaf-frame-pointer", "-fno-strict-aliasing"]

# Pairs of functions: one through engine/sync, one by hand.
PROBE = r"""
#include "sync/atomic.h"
#include "sync/blocking_region.h"
#include "sync/mutex.h"
#include "sync/shared_memory.h"
using namespace heddle::sync;
struct PlainMutex {
    pthread_mutex_t mutex;
    Rank rank;
};
extern "C" {
#define CHECKED(call) do { int error = call; HEDDLE_CHECK(error == 0); } while (0)
void sync_lock(Mutex& m) HEDDLE_NO_THREAD_SAFETY_ANALYSIS { m.lock(); }
void plain_lock(PlainMutex& m) { CHECKED(pthread_mutex_lock(&m.mutex)); }
void sync_unlock(Mutex& m) HEDDLE_NO_THREAD_SAFETY_ANALYSIS { m.unlock(); }
void plain_unlock(PlainMutex& m) { CHECKED(pthread_mutex_unlock(&m.mutex)); }
bool sync_try_lock(Mutex& m) HEDDLE_NO_THREAD_SAFETY_ANALYSIS { return m.try_lock(); }
bool plain_try_lock(PlainMutex& m) { return pthread_mutex_trylock(&m.mutex) == 0; }
int sync_load(Atomic<int>& a) { return a.load_acquire(); }
int plain_load(std::atomic<int>& a) { return a.load(std::memory_order_acquire); }
void sync_store(Atomic<long>& a, long v) { a.store_release(v); }
void plain_store(std::atomic<long>& a, long v) { a.store(v, std::memory_order_release); }
void sync_store_seq_cst(Atomic<long>& a, long v) { a.store_seq_cst(v); }
void plain_store_seq_cst(std::atomic<long>& a, long v) { a.store(v, std::memory_order_seq_cst); }
long sync_add(Atomic<long>& a, long v) { return a.add_acq_rel(v); }
long plain_add(std::atomic<long>& a, long v) { return a.fetch_add(v, std::memory_order_acq_rel); }
long sync_exchange(Atomic<long>& a, long v) { return a.exchange_acq_rel(v); }
long plain_exchange(std::atomic<long>& a, long v) { return a.exchange(v, std::memory_order_acq_rel); }
bool sync_cas(Atomic<long>& a, long& e, long v) { return a.compare_exchange_acq_rel(e, v); }
bool plain_cas(std::atomic<long>& a, long& e, long v) {
    return a.compare_exchange_strong(e, v, std::memory_order_acq_rel, std::memory_order_acquire);
}
unsigned sync_shared_load(const void* p) { return load_relaxed<unsigned>(p); }
unsigned plain_shared_load(const void* p) { return __atomic_load_n(static_cast<const unsigned*>(p), __ATOMIC_RELAXED); }
int sync_shared_add(void* p, int v) { return fetch_add_seq_cst<int>(p, v); }
int plain_shared_add(void* p, int v) { return __atomic_fetch_add(static_cast<int*>(p), v, __ATOMIC_SEQ_CST); }
void sync_poll() { announce_poll(); }
void plain_poll() {}
}
#ifndef HEDDLE_CONTROLLED
static_assert(sizeof(Mutex) == sizeof(PlainMutex) && sizeof(Atomic<int>) == sizeof(int) && sizeof(Atomic<long>) == sizeof(long));
static_assert(sizeof(SharedRegion) == 1);
#endif
"""


def functions(disassembly):
    """name -> its instructions, without what names the place in the source: addresses, and the check's text and line."""
    result = {}
    name = None
    for line in disassembly.splitlines():
        head = re.match(r"^[0-9a-f]+ <(\w+)>:$", line)
        if head:
            name = head.group(1)
            result[name] = []
            continue
        match = re.match(r"^\s+([0-9a-f]+):\s+(.*\S)\s*$", line)
        if not match or name is None:
            continue
        code = re.sub(r"\s*#.*$", "", match.group(2))
        if code.startswith("R_"):
            # A relocation: which function is called matters, which text is passed does not.
            code = re.sub(r"[-+]0x[0-9a-f]+$", "", code.split()[-1])
            if code.startswith((".L", ".rodata")):
                code = "TEXT"
        code = re.sub(r"<\w+(\+0x[0-9a-f]+)?>", "", code)
        code = re.sub(r"^(j\w+|call\w*)\s+[0-9a-f]+", r"\1", code)
        code = re.sub(r"\$0x[0-9a-f]+,%(ecx|edx|edi|esi)$", r"$LINE,%\1", code)
        result[name].append(code.strip())
    # Padding between functions.
    return {name: [code for code in codes if not re.match(r"^(nop|data16|cs nop|int3|xchg %ax,%ax)", code)]
            for name, codes in result.items()}


def compare(codes):
    problems = []
    for name in sorted(codes):
        if not name.startswith("sync_"):
            continue
        plain = "plain_" + name[len("sync_"):]
        if codes[name] != codes[plain]:
            problems.append(f"{name[len('sync_'):]}: " + "; ".join(codes[name]) + "  instead of  " + "; ".join(codes[plain]))
    return problems


def disassemble(compiler, root, extra=()):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([compiler, *FLAGS, *extra, f"-I{root}/engine", "-x", "c++", "-c", "-o", f"{folder}/probe.o", "-"],
                       input=PROBE, text=True, check=True)
        return subprocess.run(["objdump", "-dr", "--no-show-raw-insn", f"{folder}/probe.o"], check=True, capture_output=True,
                              text=True).stdout


def scheduler_symbols(table):
    return [line.split()[-1] for line in table.splitlines() if "4sync10controlled" in line]


def self_test():
    text = """
0000000000000000 <sync_load>:
   0:\tmov    (%rdi),%eax
   2:\tret

0000000000000010 <plain_load>:
  10:\tmov    (%rdi),%eax
  12:\tret
  13:\tnopw   0x0(%rax,%rax,1)
"""
    assert compare(functions(text)) == []
    assert len(compare(functions(text.replace("10:\tmov    (%rdi),%eax", "10:\tmov    (%rsi),%eax")))) == 1
    assert scheduler_symbols("0001 T _ZN6heddle4sync10controlled8announceEv\n0002 T main\n") != []
    assert scheduler_symbols("0001 T _ZN6heddle4sync8announceEv\n") == []
    print("check_release_sync: self-test ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    compiler, root, program = sys.argv[1:4]
    codes = functions(disassemble(compiler, root))
    problems = compare(codes)
    if sum(name.startswith("sync_") for name in codes) < 12:
        problems.append("the probe has lost its functions")
    # The comparison can tell: with the scheduler compiled in, nothing is equal to its plain primitive.
    if len(compare(functions(disassemble(compiler, root, ["-DHEDDLE_CONTROLLED=1", "-DHEDDLE_CHECKED=1"])))) < 8:
        problems.append("the comparison sees no difference even in a controlled build")
    symbols = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
    problems += [f"{program}: has {name}" for name in scheduler_symbols(symbols)]
    return source_text.report("release build of engine/sync", problems, "What only the scheduler needs belongs under "
                              "#ifdef HEDDLE_CONTROLLED.")


if __name__ == "__main__":
    sys.exit(main())
