#!/usr/bin/env python3
"""Rule: only engine/sync names the means of synchronization of C++ and of the system. Everything else goes through it,
or a controlled build could not decide what happens next."""

import re
import sys

import source_text

FORBIDDEN = [
    (r"#\s*include\s*<(atomic|barrier|chrono|condition_variable|future|latch|mutex|semaphore|semaphore\.h|shared_mutex|"
     r"stop_token|thread|pthread\.h|threads\.h|stdatomic\.h|sched\.h|sys/time\.h|time\.h|ctime|linux/futex\.h)>",
     "includes <{}>"),
    (r"\bstd\s*::\s*(atomic\w*|barrier|chrono|condition_variable\w*|future|promise|async|packaged_task|latch|mutex|"
     r"timed_mutex|recursive_mutex|recursive_timed_mutex|shared_mutex|shared_timed_mutex|lock_guard|unique_lock|"
     r"scoped_lock|shared_lock|counting_semaphore|binary_semaphore|thread|jthread|this_thread|call_once|once_flag|"
     r"stop_token|stop_source)\b", "names std::{}"),
    (r"\b(pthread_\w+|sem_(?:wait|post|init|timedwait|trywait)|__atomic_\w+|__sync_\w+|__c11_atomic_\w+|"
     r"_Interlocked\w+)\b", "names {}"),
    (r"\b(nanosleep|clock_nanosleep|usleep|sched_yield|clock_gettime|clock_getres|gettimeofday|timer_create|"
     r"thread_local|__thread|SYS_futex)\b", "names {}"),
    (r"(?<![\w.>:])(sleep|alarm|clock|time)\s*\(\s*(?:\d+|nullptr|NULL|&\s*\w+)?\s*\)", "calls {}()"),
    (r"\b(_Atomic)\b", "names {}"),
]
PATTERNS = [(re.compile(pattern), message) for pattern, message in FORBIDDEN]


def check(files):
    problems = []
    for path, text in files:
        parts = path.split("/")
        if parts[0] == "sync" or "tests" in parts[1:-1]:
            continue
        # Include directives are looked for in the raw text (their operand is no literal), the rest without literals.
        code = source_text.blanked(text)
        for pattern, message in PATTERNS:
            for match in pattern.finditer(code):
                line = code.count("\n", 0, match.start()) + 1
                problems.append(f"engine/{path}:{line}: {message.format(match.group(1))}")
    return problems


def self_test():
    for bad in ["std::mutex m;", "#include <atomic>", "std::atomic_ref<int> r(x);", "std :: this_thread::yield();",
                "auto t = std::chrono::steady_clock::now();", "__atomic_load_n(p, 0);", "pthread_self();", "sleep(1);",
                "thread_local int x;", "clock_gettime(a, b);", "time(nullptr);", "  usleep(5);", "#include <thread>",
                "std::lock_guard g(m);", "/* ok */ std::atomic<int> x; // std::mutex"]:
        assert len(check([("heap/heap.cpp", bad)])) == 1, bad
    for good in ["// std::mutex", '"std::mutex"', "/* std::atomic<int> */", "sync::Mutex m(Rank::Leaf);",
                 "object.time();", "date->clock();", "sync::sleep_until(t);", "int x = 1'000'000; double time_value();",
                 'R"(std::mutex)"', "Counter<uint32_t> c;", "double Date::time(Agent& agent)"]:
        assert check([("heap/heap.cpp", good)]) == [], good
    assert check([("sync/mutex.h", "pthread_mutex_t m;")]) == []
    assert check([("heap/heap.cpp", "\n\nstd::mutex m;")])[0].startswith("engine/heap/heap.cpp:3:")
    print("check_synchronization: self-test ok")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    problems = check(source_text.engine_files(sys.argv[1]))
    return source_text.report("synchronization outside engine/sync", problems,
                              "Use what engine/sync offers; what it lacks is added there.")


if __name__ == "__main__":
    sys.exit(main())
